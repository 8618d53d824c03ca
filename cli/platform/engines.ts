import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** WebAssembly files that commands load, with their paths in `node_modules`. */
const sources = {
  'minisat.wasm': 'minisat-wasm/minisat.wasm',
  'cadical.wasm': 'cadical-wasm/dist/cadical.wasm',
  'sql-wasm.wasm': 'sql.js/dist/sql-wasm.wasm',
} as const
export type EngineFile = keyof typeof sources

/** Path of a WebAssembly file: in `wasm/` of the bundle, or in its package when the sources run. */
export function enginePath(name: EngineFile): string {
  const here = dirname(fileURLToPath(import.meta.url))
  for (const up of ['..', join('..', '..')]) {
    const beside = join(here, up, 'wasm', name)
    if (existsSync(beside)) return beside
  }
  const [packageName, ...rest] = sources[name].split('/')
  const require = createRequire(import.meta.url)
  for (const folder of require.resolve.paths(packageName ?? '') ?? []) {
    const installed = join(folder, packageName ?? '', ...rest)
    if (existsSync(installed)) return installed
  }
  throw new Error(`${name} is missing; run the build`)
}

/** Bytes of a WebAssembly file. */
export function engineBytes(name: EngineFile): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(enginePath(name)))
}
