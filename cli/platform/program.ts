import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'

/** A bundled program: one script, and beside it what V8 made of it when the bundle was built. */
export interface ProgramFiles {
  /** ASCII, as the bundler writes it, made by `programSource`. */
  readonly source: string
  readonly compiled: string
}

/** `plan` has a program of its own: what it does not need would take longer to load than what it does. */
export type ProgramName = 'plan' | 'whole'

/** The program that runs a command line. */
export function programFor([word]: readonly string[]): ProgramName {
  return word === 'plan' ? 'plan' : 'whole'
}

/** Files of a program in a folder. */
export function programFiles(folder: string, name: ProgramName): ProgramFiles {
  return { source: join(folder, `pkg6-${name}.cjs`), compiled: join(folder, `pkg6-${name}.code`) }
}

/** A program that was not run yet. */
export interface LoadedProgram {
  readonly script: Script
  /** Whether V8 took the compiled code. Without it the program runs all the same, only later. */
  readonly precompiled: boolean
  /** Runs the file; gives what it exports. */
  readonly evaluate: () => unknown
}

/**
 * Reads the program. Compiled code is used when it was made of this very source and by a V8 with the same version and
 * flags; otherwise, or when it is damaged or missing, the source is compiled as it is needed. `require` is what the program
 * loads modules of Node and the packages beside it with.
 */
export function loadProgram(files: ProgramFiles, require: NodeJS.Require): LoadedProgram {
  const { source } = files
  const text = readFileSync(source, 'latin1')
  const cachedData = readCompiled(files.compiled, text)
  const script = new Script(text, {
    filename: source,
    ...(cachedData === undefined ? {} : { cachedData }),
  })
  return {
    script,
    precompiled: cachedData !== undefined && script.cachedDataRejected === false,
    evaluate() {
      const module: { exports: unknown } = { exports: {} }
      const run = script.runInThisContext() as (...parts: unknown[]) => void
      run(module.exports, lazyRequire(require), module, source, dirname(source), pathToFileURL(source).href)
      return module.exports
    },
  }
}

/** A bundle as its file has it: a function of what its modules expect, then the mark. */
export function programSource(bundle: string): string {
  const text = `(function (exports, require, module, __filename, __dirname, pkg6Url) {${bundle}\n})`
  return `${text}${sourceMark(Buffer.from(text))}`
}

/** Last line of the source: a digest of what goes before, by which compiled code knows its source without reading it all. */
function sourceMark(source: Uint8Array): string {
  return `\n//${crc32(source).toString(16).padStart(8, '0')}${source.length.toString(16).padStart(8, '0')}\n`
}

const markLength = sourceMark(new Uint8Array()).length

/** Puts the mark of its source and a checksum before compiled code, so that neither damage nor another source goes unseen. */
export function sealCompiled(code: Uint8Array, source: string): Uint8Array {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32LE(crc32(code))
  return Buffer.concat([Buffer.from(source.slice(-markLength), 'latin1'), checksum, code])
}

function readCompiled(path: string, source: string): Buffer | undefined {
  let sealed: Buffer
  try {
    sealed = readFileSync(path)
  } catch {
    return undefined
  }
  const code = sealed.subarray(markLength + 4)
  if (code.length === 0 || sealed.toString('latin1', 0, markLength) !== source.slice(-markLength))
    return undefined
  return sealed.readUInt32LE(markLength) === crc32(code) ? code : undefined
}

/** Modules of Node, and a package beside the program, that cost milliseconds to load and that most commands never touch. */
const costly: ReadonlySet<string> = new Set([
  './packages/fflate.cjs',
  'node:child_process',
  'node:crypto',
  'node:fs/promises',
  'node:http',
  'node:module',
  'node:os',
  'node:stream/promises',
  'node:worker_threads',
])

/** `require` for the bundle; costly modules are loaded when something of them is first looked at. */
function lazyRequire(require: NodeJS.Require): (name: string) => unknown {
  return (name) => (costly.has(name) ? lazily(() => require(name) as object) : require(name))
}

function lazily(load: () => object): object {
  let loaded: object | undefined
  const real = (): object => {
    loaded ??= load()
    return loaded
  }
  return new Proxy(
    {},
    {
      get: (_, key) => Reflect.get(real(), key),
      has: (_, key) => Reflect.has(real(), key),
      ownKeys: () => Reflect.ownKeys(real()),
      getOwnPropertyDescriptor(_, key) {
        const found = Reflect.getOwnPropertyDescriptor(real(), key)
        return found === undefined ? undefined : { ...found, configurable: true }
      },
    },
  )
}
