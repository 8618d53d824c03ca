// Bundles TypeScript scripts of this project with esbuild; packages stay external. See run.mjs.
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Writes `NAME.mjs` into the folder for each script `NAME.ts`. */
export async function bundleScripts(entries, folder, sourcemap) {
  await build({
    // Workers start with a file of their own.
    entryPoints: [...entries, join('cli', 'platform', 'bulk-worker.ts')].map((entry) => ({
      in: resolve(root, entry),
      out: basename(entry, '.ts'),
    })),
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
    sourcemap,
    logLevel: 'warning',
  })
}
