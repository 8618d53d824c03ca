// Builds everything that is made rather than written:
//   solver/minisat-wasm/minisat.wasm   the SAT kernel
//   dist/bin/pkg6{,repo,depot}.mjs     the three commands, with shared chunks beside them
//   dist/lib/*.mjs, dist/types/        the rooms as a library
//   dist/wasm/*.wasm                   engines the commands load when they need them
// Usage: node scripts/run.mjs scripts/build.ts [--no-types]
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const dist = join(root, 'dist')
const require = createRequire(join(root, 'package.json'))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  dependencies: Record<string, string>
}
/** A program that uses the library has these installed; our own workspace package is bundled. */
const external = Object.keys(manifest.dependencies)

const rooms = ['model', 'solver', 'repo', 'executor', 'image']
const commands = ['pkg6', 'pkg6repo', 'pkg6depot']

function buildKernel(): void {
  execFileSync(process.execPath, [join(root, 'solver', 'minisat-wasm', 'build.mjs')], { stdio: 'inherit' })
}

/** CommonJS packages inside an ESM bundle still use what only CommonJS has. */
const commonJsBanner = [
  "import { createRequire as pkg6CreateRequire } from 'node:module'",
  "import { dirname as pkg6Dirname } from 'node:path'",
  "import { fileURLToPath as pkg6FileUrlToPath } from 'node:url'",
  'const require = pkg6CreateRequire(import.meta.url)',
  'const __filename = pkg6FileUrlToPath(import.meta.url)',
  'const __dirname = pkg6Dirname(__filename)',
].join(';')

async function bundle(): Promise<void> {
  const shared: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    splitting: true,
    conditions: ['pkg6-source'],
    alias: Object.fromEntries(rooms.map((room) => [`#${room}`, join(root, room, 'index.ts')])),
    define: { PKG6_VERSION: JSON.stringify(manifest.version) },
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'none',
    logLevel: 'warning',
  }
  await build({
    ...shared,
    entryPoints: [
      ...commands.map((name) => ({ in: join('cli', 'bin', `${name}.ts`), out: name })),
      // Workers start with a file of their own, which they find beside the commands.
      { in: join('cli', 'platform', 'bulk-worker.ts'), out: 'bulk-worker' },
    ],
    outdir: join(dist, 'bin'),
    minify: true,
    keepNames: true,
    banner: { js: commonJsBanner },
  })
  await build({
    ...shared,
    entryPoints: rooms.map((room) => ({ in: join(room, 'index.ts'), out: room })),
    outdir: join(dist, 'lib'),
    external,
  })
}

function copyEngines(): void {
  mkdirSync(join(dist, 'wasm'), { recursive: true })
  const engines = [
    [join(root, 'solver', 'minisat-wasm', 'minisat.wasm'), 'minisat.wasm'],
    [require.resolve('cadical-wasm/cadical.wasm'), 'cadical.wasm'],
    [join(require.resolve('sql.js'), '..', 'sql-wasm.wasm'), 'sql-wasm.wasm'],
  ] as const
  for (const [from, name] of engines) copyFileSync(from, join(dist, 'wasm', name))
  // The kernel is bundled into the library and looks for its code beside itself.
  copyFileSync(join(dist, 'wasm', 'minisat.wasm'), join(dist, 'lib', 'chunks', 'minisat.wasm'))
}

function declareTypes(): void {
  const tsc = join(require.resolve('typescript/package.json'), '..', 'bin', 'tsc')
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.types.json')], {
    stdio: 'inherit',
    cwd: root,
  })
}

rmSync(dist, { recursive: true, force: true })
buildKernel()
await bundle()
copyEngines()
for (const name of commands) {
  const file = join(dist, 'bin', `${name}.mjs`)
  if (!existsSync(file)) throw new Error(`${file} was not built`)
  chmodSync(file, 0o755)
}
if (!process.argv.includes('--no-types')) declareTypes()
