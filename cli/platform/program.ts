import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'

/** The bundled program: one CommonJS file, and beside it what V8 made of it when the bundle was built. */
export interface ProgramFiles {
  /** ASCII, as the bundler writes it. */
  readonly source: string
  readonly compiled: string
}

/** Files of the program in a folder. */
export function programFiles(folder: string): ProgramFiles {
  return { source: join(folder, 'pkg6.cjs'), compiled: join(folder, 'pkg6.code') }
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
 * flags; otherwise, or when it is damaged or missing, the source is compiled as it is needed.
 */
export function loadProgram(files: ProgramFiles): LoadedProgram {
  const bytes = readFileSync(files.source)
  const cachedData = readCompiled(files.compiled, bytes)
  const text = `(function (exports, require, module, __filename, __dirname, pkg6Url) {${bytes.toString('latin1')}\n})`
  const script = new Script(text, {
    filename: files.source,
    ...(cachedData === undefined ? {} : { cachedData }),
  })
  return {
    script,
    precompiled: cachedData !== undefined && script.cachedDataRejected === false,
    evaluate() {
      const module: { exports: unknown } = { exports: {} }
      const run = script.runInThisContext() as (...parts: unknown[]) => void
      const { source } = files
      run(module.exports, lazyRequire(source), module, source, dirname(source), pathToFileURL(source).href)
      return module.exports
    },
  }
}

/** Last line of the source: a digest of what goes before, by which compiled code knows its source without reading it all. */
export function sourceMark(source: Uint8Array): string {
  return `\n//${crc32(source).toString(16).padStart(8, '0')}${source.length.toString(16).padStart(8, '0')}\n`
}

const markLength = sourceMark(new Uint8Array()).length

/** Puts the mark of its source and a checksum before compiled code, so that neither damage nor another source goes unseen. */
export function sealCompiled(code: Uint8Array, source: Uint8Array): Uint8Array {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32LE(crc32(code))
  return Buffer.concat([source.subarray(-markLength), checksum, code])
}

function readCompiled(path: string, source: Uint8Array): Buffer | undefined {
  let sealed: Buffer
  try {
    sealed = readFileSync(path)
  } catch {
    return undefined
  }
  const code = sealed.subarray(markLength + 4)
  if (code.length === 0 || !sealed.subarray(0, markLength).equals(source.subarray(-markLength)))
    return undefined
  return sealed.readUInt32LE(markLength) === crc32(code) ? code : undefined
}

/** Modules of Node that cost milliseconds to load and that most commands never touch. */
const costly: ReadonlySet<string> = new Set([
  'node:child_process',
  'node:crypto',
  'node:fs/promises',
  'node:http',
  'node:os',
  'node:stream/promises',
  'node:worker_threads',
])

/** `require` for the bundle; costly modules are loaded when something of them is first looked at. */
function lazyRequire(place: string): (name: string) => unknown {
  const require = createRequire(place)
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
