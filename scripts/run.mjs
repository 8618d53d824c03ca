// Runs a TypeScript script of this project: bundles it with esbuild and imports it.
// Node 20 cannot load TypeScript, and a second compiler would be one too many.
// Usage: node scripts/run.mjs FILE.ts [ARG ...]
// PKG6_BUNDLES names a folder that already has the bundle.
import { mkdirSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [entry, ...rest] = process.argv.slice(2)
if (entry === undefined) {
  console.error('usage: node scripts/run.mjs FILE.ts [ARG ...]')
  process.exit(2)
}

/** Below node_modules so that bare imports of the bundle resolve; one folder per process so that runs do not meet. */
async function bundled() {
  const folder = join(root, 'node_modules', '.pkg6-run', String(process.pid))
  mkdirSync(folder, { recursive: true })
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { bundleScripts } = await import('./bundle.mjs')
  await bundleScripts([entry], folder, 'inline')
  return folder
}

const folder = process.env.PKG6_BUNDLES ?? (await bundled())
process.argv = [process.argv[0] ?? 'node', resolve(root, entry), ...rest]
process.env.PKG6_PROJECT_ROOT = root
try {
  await import(pathToFileURL(join(folder, `${basename(entry, '.ts')}.mjs`)).href)
} catch (error) {
  if (!String(error?.code).startsWith('ERR_PARSE_ARGS')) throw error
  console.error(`${basename(entry)}: ${error.message}`)
  process.exitCode = 2
}
