import type { NewSatBackend } from '#solver'

/** Engines by the name `PKG6_SAT_BACKEND` or `-D sat-backend=NAME` gives; the first is the default. */
export const satBackends = ['minisat-wasm', 'cadical', 'logic-solver'] as const

/** Loads an engine. An unknown name is the caller's mistake and is thrown. */
export async function loadBackend(name: string | undefined): Promise<NewSatBackend> {
  const solver = (await import('#solver')) as unknown as Record<
    string,
    (o?: object) => Promise<NewSatBackend>
  >
  const { engineBytes } = await import('./engines.ts')
  const load = solver.loadMinisatBackend
  if (load === undefined) throw new Error(`no engine ${name ?? ''}`)
  return await load({ wasm: engineBytes('minisat.wasm') })
}
