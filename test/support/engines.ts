import { type BackendName, backendNames, loadBackend, type NewSatBackend } from '#solver'

/** The SAT engines that can be loaded here; the project's own kernel is missing until it is built, which is said in a line. */
export async function availableEngines(): Promise<ReadonlyMap<BackendName, NewSatBackend>> {
  const engines = new Map<BackendName, NewSatBackend>()
  for (const name of backendNames) {
    try {
      engines.set(name, await loadBackend(name))
    } catch (error) {
      process.stderr.write(`skipped: engine ${name}: ${error instanceof Error ? error.message : error}\n`)
    }
  }
  return engines
}
