import type { BackendName, NewSatBackend } from '#solver'
import { type EngineFile, engineBytes } from './engines.ts'

/** WebAssembly files of the engines that have one. */
const files: { readonly [Name in BackendName]?: EngineFile } = {
  'minisat-wasm': 'minisat.wasm',
  cadical: 'cadical.wasm',
}

/** Loads the engine with this name; undefined is the default engine. The caller has checked the name. */
export async function loadSatBackend(name: string | undefined): Promise<NewSatBackend> {
  const { backendNames, loadBackend } = await import('#solver')
  const known = backendNames.find((one) => one === name) ?? backendNames[0]
  const file = files[known]
  return await loadBackend(known, file === undefined ? {} : { wasm: engineBytes(file) })
}
