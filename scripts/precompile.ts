// Makes dist/bin/pkg6-*.code: runs the programs of pkg6 through its commonest commands on packages made up here, then keeps what V8
// compiled, so that a user's first command does not compile it again. The build runs this in a process of its own.
// Usage: node scripts/run.mjs scripts/precompile.ts
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCancellation } from '../cli/platform/cancellation.ts'
import { loadProgram, type ProgramName, programFiles, sealCompiled } from '../cli/platform/program.ts'
import { smallFmri, writeCatalogFolder } from '../test/support/catalog-folder.ts'
import { writeSampleRepository } from './sample-repository.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const bin = join(root, 'dist', 'bin')
const folder = mkdtempSync(join(tmpdir(), 'pkg6-precompile-'))

type Run = (line: string, expected?: number) => Promise<void>

async function runWith(
  runPkg6: typeof import('../cli/program.ts').runPkg6,
  line: string,
  expected: number,
): Promise<void> {
  let told = ''
  const exit = await runPkg6(line.split(' '), {
    stdout: (text) => {
      told += text
    },
    stderr: (text) => {
      told += text
    },
    cancellation: createCancellation(() => {}),
    stdoutIsTty: false,
    stderrIsTty: false,
    columns: undefined,
    env: { HOME: join(folder, 'home') },
    cwd: folder,
    programName: 'pkg6',
    commandLine: ['pkg6'],
  })
  if (exit !== expected) throw new Error(`pkg6 ${line} exited ${exit}:\n${told}`)
}

/** Forty packages under two incorporations, with every type of dependency that real catalogs are full of. */
function writeWorld(): void {
  const packages: Record<string, readonly string[]> = {}
  for (let version = 1; version <= 4; version += 1) {
    const pins: string[] = []
    for (let number = 0; number < 40; number += 1) {
      pins.push(`depend type=incorporate fmri=pkg:/part${number}@${version}`)
      packages[`part${number}@${version}`] = [
        `depend type=require fmri=pkg:/core${number % 2}@${version}`,
        ...(number > 0 ? [`depend type=require fmri=pkg:/part${number >> 1}`] : []),
        ...(number % 5 === 1 ? ['depend type=require-any fmri=pkg:/either@1 fmri=pkg:/other@1'] : []),
        ...(number % 7 === 1 ? ['depend type=conditional predicate=pkg:/either fmri=pkg:/extra'] : []),
        ...(number % 7 === 2 ? ['depend type=optional fmri=pkg:/extra@2'] : []),
        ...(number % 7 === 3 ? ['depend type=group fmri=pkg:/extra facet.doc=true'] : []),
        'set name=variant.arch value=i386 value=sparc',
      ]
    }
    for (const core of [0, 1])
      packages[`core${core}@${version}`] = [...pins, 'set name=pkg.depend.install-hold value=core']
  }
  Object.assign(packages, { 'either@1': [], 'other@1': [], 'extra@1': [], 'extra@2': [] })
  packages['old@1'] = ['depend type=exclude fmri=pkg:/other']
  packages['gone@2'] = ['set name=pkg.obsolete value=true']
  packages['before@2'] = ['set name=pkg.renamed value=true', 'depend type=require fmri=pkg:/part3@2']
  packages['broken@1'] = ['depend type=require fmri=pkg:/part5@9', 'depend type=require fmri=pkg:/core0@1']
  writeCatalogFolder(join(folder, 'catalog'), 'example.org', packages)
  const image = (installed: readonly string[]): string =>
    JSON.stringify({
      publishers: ['example.org'],
      variants: { 'variant.arch': 'i386' },
      requested: installed.slice(0, 1).map((name) => name.split('@')[0]),
      installed: installed.map((name) => smallFmri('example.org', name)),
    })
  writeFileSync(join(folder, 'empty.json'), image([]))
  const held = [
    'part5@2',
    'part2@2',
    'part1@2',
    'part0@2',
    'core0@2',
    'core1@2',
    'either@1',
    'old@1',
    'gone@1',
  ]
  writeFileSync(join(folder, 'full.json'), image(held))
}

async function planAll(run: Run): Promise<void> {
  const requests: readonly (readonly [string, string, readonly string[], number])[] = [
    ['empty', 'install', ['pkg:/part39', 'pkg:/part3*'], 0],
    ['empty', 'install', ['pkg:/before'], 0],
    ['empty', 'install', ['pkg:/broken'], 1],
    ['full', 'install', ['pkg:/part7@2'], 0],
    ['full', 'install', ['pkg:/part7@3'], 1],
    ['full', 'install', ['pkg:/core0@3', 'pkg:/part9'], 0],
    ['full', 'update', [], 0],
    ['full', 'uninstall', ['pkg:/part5'], 0],
    ['full', 'uninstall', ['pkg:/core0'], 1],
  ]
  for (const [image, operation, patterns, exit] of requests) {
    const request = { image: `${image}.json`, operation, patterns, reject: [] }
    writeFileSync(join(folder, 'request.json'), JSON.stringify(request))
    const line = 'plan --catalog catalog --request request.json'
    await run(line, exit)
    await run(`${line} --json`, exit)
    await run(`${line} --stats`, exit)
  }
}

async function workOnImage(run: Run): Promise<void> {
  await writeSampleRepository(join(folder, 'repository'))
  const image = join(folder, 'image')
  await run(`image-create --user -p sample=file://${join(folder, 'repository')} ${image}`)
  await run(`-R ${image} install -n -v shell/hello`)
  await run(`-R ${image} install -n --no-refresh shell/hello@1.0`)
  await run(`-R ${image} install shell/hello@1.0`)
  await run(`-R ${image} list`)
  await run(`-R ${image} list -a`)
  await run(`-R ${image} info hello`)
  await run(`-R ${image} update -n`)
  await run(`-R ${image} uninstall -n shell/hello`)
  await run(`-R ${image} publisher`)
  await run('help')
  await run('version')
}

/** Runs commands with a program, then keeps its code. */
async function precompile(name: ProgramName, work: (run: Run) => Promise<void>): Promise<void> {
  const files = programFiles(bin, name)
  const { script, evaluate } = loadProgram(
    { ...files, compiled: join(root, 'none') },
    createRequire(files.source),
  )
  const { runPkg6 } = evaluate() as typeof import('../cli/program.ts')
  await work((line, expected = 0) => runWith(runPkg6, line, expected))
  writeFileSync(files.compiled, sealCompiled(script.createCachedData(), readFileSync(files.source, 'latin1')))
}

try {
  mkdirSync(join(folder, 'home'))
  writeWorld()
  await precompile('plan', planAll)
  // Requests that are planned without image take the solver to more of its code than those on the small image do.
  await precompile('whole', async (run) => {
    await planAll(run)
    await workOnImage(run)
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
