import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'
import { type CacheBounds, keepCached, readCached } from '../io/user-cache.ts'
import { digestLength } from './program-source.ts'

/** A bundled program that did not run yet. */
export interface LoadedProgram {
  /** Whether V8 took compiled code from the cache. Without it the program runs all the same, only later. */
  readonly precompiled: boolean
  /** Runs the file; returns its exports. */
  readonly evaluate: () => unknown
  /**
   * Keeps the code that V8 compiled until now, unless a run of this kind (a command and its exit code) was kept before: V8 compiles
   * a function when it is first called, so each kind of run adds the functions that it needs.
   */
  readonly keepCompiled: (kind: string) => void
}

/** Programs for two versions of Node and the versions of pkg6 before and after an upgrade. */
const bounds: CacheBounds = { files: 8, bytes: 32 << 20 }

/** The file of the program that runs a command line. `plan` has a program of its own, because the whole one takes longer to load. */
export function programFor([word]: readonly string[]): string {
  return word === 'plan' ? 'pkg6-plan.cjs' : 'pkg6-whole.cjs'
}

/**
 * Reads a program from its source, which is ASCII and made by `programSource`. Compiled code comes from `cache`, a folder that
 * this user alone can write (undefined: no cache), if the same Node made it from the same source; otherwise, or when it is
 * damaged or missing, V8 compiles the source as it is needed. The program loads modules of Node and the packages beside it
 * with `require`.
 */
export function loadProgram(
  source: string,
  cache: string | undefined,
  require: NodeJS.Require,
): LoadedProgram {
  const text = readFileSync(source, 'latin1')
  const digest = text.slice(-digestLength - 1, -1)
  const name = `${basename(source, '.cjs')}-${process.version}-${process.arch}-${digest.slice(0, 16)}`
  const key = `${process.version} ${process.versions.v8} ${process.arch} ${digest}\n`
  const kept = cache === undefined ? undefined : openSealed(readCached(cache, name, bounds.bytes), key)
  const script = new Script(text, {
    filename: source,
    ...(kept === undefined ? {} : { cachedData: kept.code }),
  })
  const precompiled = kept !== undefined && script.cachedDataRejected === false
  const kinds = precompiled ? kept.kinds : []
  return {
    precompiled,
    evaluate() {
      const module: { exports: unknown } = { exports: {} }
      const run = script.runInThisContext() as (...parts: unknown[]) => void
      run(module.exports, lazyRequire(require), module, source, dirname(source), pathToFileURL(source).href)
      return module.exports
    },
    keepCompiled(kind) {
      if (cache === undefined || kinds.includes(kind)) return
      const make = (): Uint8Array => seal(key, [...kinds, kind], script.createCachedData())
      keepCached(cache, name, make, bounds)
    },
  }
}

/** Puts before compiled code: the key, a checksum (V8 checks none), and a line with the kinds of runs. */
function seal(key: string, kinds: readonly string[], code: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(`${kinds.join()}\n`), code])
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32LE(crc32(body))
  return Buffer.concat([Buffer.from(key), checksum, body])
}

function openSealed(
  sealed: Uint8Array | undefined,
  key: string,
): { readonly kinds: readonly string[]; readonly code: Buffer } | undefined {
  if (sealed === undefined || sealed.length < key.length + 4) return undefined
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
  const body = bytes.subarray(key.length + 4)
  if (bytes.toString('latin1', 0, key.length) !== key || bytes.readUInt32LE(key.length) !== crc32(body))
    return undefined
  const end = body.indexOf('\n')
  return { kinds: body.toString('latin1', 0, end).split(','), code: body.subarray(end + 1) }
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
