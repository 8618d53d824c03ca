// Runs a TypeScript script of this project: bundles it in memory with esbuild (packages stay external) and imports it.
// Node 20 cannot load TypeScript, and a second compiler would be one too many.
// Usage: node scripts/run.mjs FILE.ts [ARG ...]
import { mkdirSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [entry, ...rest] = process.argv.slice(2)
if (entry === undefined) {
  console.error('usage: node scripts/run.mjs FILE.ts [ARG ...]')
  process.exit(2)
}
// Below node_modules so that bare imports of the bundle resolve; one folder per process so that runs do not meet.
const folder = join(root, 'node_modules', '.pkg6-run', String(process.pid))
mkdirSync(folder, { recursive: true })
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const outfile = join(folder, `${basename(entry, '.ts')}.mjs`)
await build({
  // Workers start with a file of their own.
  entryPoints: [
    { in: resolve(root, entry), out: basename(entry, '.ts') },
    { in: join(root, 'cli', 'platform', 'bulk-worker.ts'), out: 'bulk-worker' },
  ],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  conditions: ['pkg6-source'],
  alias: Object.fromEntries(
    ['model', 'solver', 'repo', 'executor', 'image'].map((name) => [
      `#${name}`,
      join(root, name, 'index.ts'),
    ]),
  ),
  sourcemap: 'inline',
  logLevel: 'warning',
})
process.argv = [process.argv[0] ?? 'node', resolve(root, entry), ...rest]
process.env.PKG6_PROJECT_ROOT = root
try {
  await import(pathToFileURL(outfile).href)
} catch (error) {
  if (!String(error?.code).startsWith('ERR_PARSE_ARGS')) throw error
  console.error(`${basename(entry)}: ${error.message}`)
  process.exitCode = 2
}
