import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { projectRoot } from './shared-data.ts'

/** The code of the pool's workers in a file of its own, as the build makes it; `remove` deletes it. */
export async function buildBulkWorker(): Promise<{ readonly path: string; readonly remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'pkg6-worker-'))
  const path = join(folder, 'bulk-worker.mjs')
  await build({
    entryPoints: [join(projectRoot, 'cli', 'platform', 'bulk-worker.ts')],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['pkg6-source'],
    alias: Object.fromEntries(
      ['model', 'executor', 'repo'].map((room) => [`#${room}`, join(projectRoot, room, 'index.ts')]),
    ),
    logLevel: 'warning',
  })
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
