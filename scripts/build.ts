// Builds everything that is made rather than written:
//   solver/minisat-wasm/minisat.wasm   the SAT kernel
//   dist/bin/pkg6.cjs                  the command pkg6; pkg6.mjs is the same for those who import
//   dist/bin/pkg6-*.cjs                the programs that it runs
//   dist/bin/pkg6{repo,depot}.mjs      the other two commands, with their chunks/
//   dist/lib/*.mjs, dist/types/        the library: everything together, and each package alone
//   dist/wasm/*.wasm                   engines the commands load when they need them
// Usage: node scripts/run.mjs scripts/build.ts [--no-types]
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { type BuildOptions, type BuildResult, build as bundleFiles, type Plugin } from 'esbuild'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import { programSource } from '../cli/platform/program-source.ts'

const { 'no-types': withoutTypes } = parseArgs({
  options: { 'no-types': { type: 'boolean', default: false } },
}).values
const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const dist = join(root, 'dist')
const require = createRequire(join(root, 'package.json'))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
}

const packages = ['model', 'solver', 'repo', 'executor', 'image']
/** Entries of the library, by the names of their files in dist, and their sources without extension. */
const library = [
  ...packages.map((name) => ({ out: name, in: join(name, 'index') })),
  { out: 'index', in: join('cli', 'library') },
]
/** Executable files. */
const commands = ['pkg6.cjs', 'pkg6.mjs', 'pkg6repo.mjs', 'pkg6depot.mjs']

function buildKernel(): void {
  execFileSync(process.execPath, [join(root, 'solver', 'minisat-wasm', 'build.mjs')], { stdio: 'inherit' })
}

/** Folders of the packages from which code was bundled. */
const bundledPackages = new Set<string>()

async function build(options: BuildOptions): Promise<BuildResult> {
  const result = await bundleFiles({ ...options, metafile: true })
  for (const input of Object.keys(result.metafile.inputs)) {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input) ?? []
    if (folder !== undefined) bundledPackages.add(folder)
  }
  return result
}

/** The licenses of bundled packages ask that their text goes along. */
function collectLicenses(): void {
  const texts = [...bundledPackages].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
      name: string
      version: string
    }
    const file = readdirSync(join(root, folder)).find((one) => /^licen[cs]e/i.test(one))
    if (file === undefined) throw new Error(`${folder} has no file with its license`)
    return `${name} ${version}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`
  })
  writeFileSync(join(dist, 'third-party-licenses.txt'), texts.join(`\n${'-'.repeat(72)}\n\n`))
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
    alias: Object.fromEntries(packages.map((name) => [`#${name}`, join(root, name, 'index.ts')])),
    define: { PKG6_VERSION: JSON.stringify(manifest.version) },
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'none',
    logLevel: 'warning',
  }
  const command: BuildOptions = { minify: true, keepNames: true }
  await build({
    ...shared,
    ...command,
    entryPoints: [
      ...['pkg6repo', 'pkg6depot'].map((name) => ({ in: join('cli', 'bin', `${name}.ts`), out: name })),
      // Workers start with a file of their own, which they find beside the commands.
      { in: join('cli', 'platform', 'bulk-worker.ts'), out: 'bulk-worker' },
    ],
    outdir: join(dist, 'bin'),
    banner: { js: commonJsBanner },
  })
  await buildPkg6(shared, command)
  await build({
    ...shared,
    entryPoints: [
      ...library.map((entry) => ({ ...entry, in: `${entry.in}.ts` })),
      { in: join('cli', 'platform', 'bulk-worker.ts'), out: 'bulk-worker' },
    ],
    outdir: join(dist, 'lib'),
    banner: { js: commonJsBanner },
  })
}

/** Packages that few commands need; beside the program they cost the others nothing. */
const besides = ['ajv', 'cadical-wasm', 'fflate', 'logic-solver', 'sql.js', 'tar', 'undici']
const packagesBesides: Plugin = {
  name: 'packages-besides',
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${besides.join('|').replaceAll('.', '\\.')})$`) }, ({ path }) => ({
      path: `./packages/${path}.cjs`,
      external: true,
    }))
  },
}

/** Bodies of the other commands, and what opens an image. Tables of commands stay: they say what each is called. */
const needlessForPlan =
  /^cli\/(commands\/(?!preview\/)[a-z]+\/(?!commands\.ts)[a-z-]+|messages\/(executor|image)|platform\/wiring)\.ts$/

/** Leaves out what `plan` never comes to: the other commands and all that opens an image. */
const planAlone: Plugin = {
  name: 'plan-alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => {
      const file = relative(root, join(resolveDir, path)).replaceAll(sep, '/')
      return needlessForPlan.test(file) ? { path: file, namespace: 'left-out' } : undefined
    })
    // Only the depot uses this package, and `plan` starts no depot. The bundler keeps an import that may have side effects.
    onResolve({ filter: /^lru-cache$/ }, ({ path }) => ({ path, external: true, sideEffects: false }))
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of this program`)})`,
    }))
  },
}

/**
 * pkg6 is a small launcher and one script for each program, which the launcher runs with the code that V8 made of it before: V8
 * keeps compiled code of scripts, not of modules, and each module file costs time to find and read.
 */
async function buildPkg6(shared: BuildOptions, command: BuildOptions): Promise<void> {
  const inOneFile: BuildOptions = {
    format: 'cjs',
    outExtension: {},
    define: { ...shared.define, 'import.meta.url': 'pkg6Url' },
    // A package beside the program is required, because scripts cannot import.
    supported: { 'dynamic-import': false },
  }
  // Names stay as they are: to keep them beside short ones, the bundler wraps each function that is made in a call.
  const named: BuildOptions = { minify: false, minifyWhitespace: true, minifySyntax: true, keepNames: false }
  const whole: BuildOptions = { ...shared, ...command, ...named, splitting: false }
  await build({
    ...whole,
    entryPoints: [join('cli', 'bin', 'pkg6.ts')],
    outfile: join(dist, 'bin', 'pkg6.cjs'),
    format: 'cjs',
    outExtension: {},
  })
  writeFileSync(join(dist, 'bin', 'pkg6.mjs'), "#!/usr/bin/env node\nimport './pkg6.cjs'\n")
  for (const name of ['whole', 'plan'] as const) {
    const { outputFiles } = await build({
      ...whole,
      entryPoints: [join('cli', 'program.ts')],
      ...inOneFile,
      plugins: [packagesBesides, ...(name === 'plan' ? [planAlone] : [])],
      write: false,
    })
    writeFileSync(join(dist, 'bin', `pkg6-${name}.cjs`), programSource(outputFiles?.[0]?.text ?? ''))
  }
  await build({
    ...whole,
    entryPoints: besides.map((name) => ({ in: name, out: join('packages', name) })),
    outdir: join(dist, 'bin'),
    ...inOneFile,
    outExtension: { '.js': '.cjs' },
    banner: { js: "const pkg6Url=require('node:url').pathToFileURL(__filename).href" },
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
  // Engines that are bundled into the library look for their code beside themselves.
  for (const name of ['minisat.wasm', 'cadical.wasm'])
    copyFileSync(join(dist, 'wasm', name), join(dist, 'lib', 'chunks', name))
}

/** Declares the types of each entry in one file. An entry imports the types of other packages as `#model`, so that a brand is one type. */
async function declareTypes(): Promise<void> {
  const tsc = join(require.resolve('typescript/package.json'), '..', 'bin', 'tsc')
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.types.json')], {
    stdio: 'inherit',
    cwd: root,
  })
  const input = library.map((entry) => [entry.out, join(root, 'build', 'types', `${entry.in}.d.ts`)])
  const bundled = await rollup({
    input: Object.fromEntries(input),
    external: /^(#|node:)/,
    plugins: [dts()],
    onLog: (_, { message }) => {
      throw new Error(message)
    },
  })
  await bundled.write({ dir: join(dist, 'types'), entryFileNames: '[name].d.ts' })
  await bundled.close()
}

rmSync(dist, { recursive: true, force: true })
buildKernel()
await bundle()
copyEngines()
collectLicenses()
for (const name of commands) {
  const file = join(dist, 'bin', name)
  if (!existsSync(file)) throw new Error(`${file} was not built`)
  chmodSync(file, 0o755)
}
if (!withoutTypes) await declareTypes()
