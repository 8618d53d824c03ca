import type { BackendName, NewSatBackend } from '#solver'
import { type EngineFile, engineBytes } from './engines.ts'

/** WebAssembly of the engines that have some. */
const files: { readonly [Name in BackendName]?: EngineFile } = {
  'minisat-wasm': 'minisat.wasm',
  cadical: 'cadical.wasm',
}

/** Loads the engine of that name; undefined: the default one. The name was checked before. */
export async function loadSatBackend(name: string | undefined): Promise<NewSatBackend> {
  const { backendNames, loadBackend } = await import('#solver')
  const known = backendNames.find((one) => one === name) ?? backendNames[0]
  const file = files[known]
  return await loadBackend(known, file === undefined ? {} : { wasm: engineBytes(file) })
}
