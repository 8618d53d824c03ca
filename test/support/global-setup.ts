import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './shared-data.ts'

const folder = join(projectRoot, 'solver', 'minisat-wasm')

/** Whether the SAT kernel is missing or older than anything it is made of. */
function isStale(): boolean {
  const product = join(folder, 'minisat.wasm')
  if (!existsSync(product)) return true
  const built = statSync(product).mtimeMs
  const sources = readdirSync(join(folder, 'assembly')).map((name) => join(folder, 'assembly', name))
  return [join(folder, 'build.mjs'), ...sources].some((source) => statSync(source).mtimeMs > built)
}

/** Runs once before all tests: they need the SAT kernel, which is a build product and not kept in the repository. */
export function setup(): void {
  if (isStale()) execFileSync(process.execPath, [join(folder, 'build.mjs')], { stdio: 'inherit' })
}
