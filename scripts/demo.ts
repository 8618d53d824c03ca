// The main job, shown: publishes the sample repository, then works with a user image in a temporary directory through the
// built commands, printing each one as a user would type it. Exits 1 when a command does not do what it should.
// Usage: npm start
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeSampleRepository } from './sample-repository.ts'

// It takes none.
parseArgs()
const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()

interface Shown {
  readonly status: number
  readonly stdout: string
}

/** Runs a command line in a folder with the built commands on its PATH and prints it with what it printed. */
function show(folder: string, line: string, expected: number): Shown {
  process.stdout.write(`\n$ ${line}\n`)
  const child = spawnSync('sh', ['-c', line], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`, PKG_IMAGE: '' },
  })
  process.stdout.write(child.stdout)
  process.stdout.write(child.stderr)
  const status = child.status ?? -1
  if (status !== 0) process.stdout.write(`(exit ${status})\n`)
  if (status !== expected) {
    process.stderr.write(`expected exit ${expected}, got ${status}\n`)
    process.exit(1)
  }
  return { status, stdout: child.stdout }
}

function linkCommands(folder: string): void {
  mkdirSync(join(folder, 'bin'))
  for (const name of ['pkg6', 'pkg6repo', 'pkg6depot']) {
    const target = join(root, 'dist', 'bin', `${name}.mjs`)
    chmodSync(target, 0o755)
    symlinkSync(target, join(folder, 'bin', name))
  }
}

function check(condition: boolean, what: string): void {
  if (condition) return
  process.stderr.write(`not as it should be: ${what}\n`)
  process.exit(1)
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pkg6-demo-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  linkCommands(folder)
  await writeSampleRepository(join(folder, 'repo'))
  process.stdout.write(`The sample repository is in ./repo; commands run in ${folder}\n`)
  const run = (line: string, expected = 0): Shown => show(folder, line, expected)

  run('pkg6repo info -s repo')
  run('pkg6 image-create --user tools')
  run('pkg6 -R tools set-publisher -p repo')
  run('pkg6 -R tools publisher')
  run('pkg6 -R tools list -af')
  run('pkg6 -R tools install -nv sample-incorporation@1 greet hello oldcount')
  run('pkg6 -R tools install sample-incorporation@1 greet hello oldcount')
  const first = run('tools/usr/bin/greet')
  check(first.stdout.includes('Hello, world!'), 'greet 1 greets the world')
  run('pkg6 -R tools verify')

  writeFileSync(join(folder, 'tools', 'etc', 'greet.conf'), 'GREETING=Welcome\nWHOM=everybody\n')
  process.stdout.write('\n(tools/etc/greet.conf was edited: GREETING=Welcome WHOM=everybody)\n')
  run('pkg6 -R tools update -nv')
  run('pkg6 -R tools update')
  const second = run('tools/usr/bin/greet -v && tools/usr/bin/greet')
  check(second.stdout.includes('greet 2.0, textkit 2.0'), 'greet was updated with its library')
  check(second.stdout.includes('Welcome, everybody!'), 'the edited file was kept')
  run('pkg6 -R tools list')

  run('pkg6 -R tools install wordfreq')
  const counted = run('echo "to be or not to be" | tools/usr/bin/wordfreq -n 2')
  check(/2 be\s+2 to/.test(counted.stdout), 'wordfreq counts')
  run('pkg6 -R tools info wordfreq')
  run('pkg6 -R tools contents wordfreq')
  run('pkg6 -R tools verify -v')
  run('pkg6 -R tools uninstall wordfreq')
  run('pkg6 -R tools install greet', 4)
  run('pkg6 -R tools install no-such-package', 1)
  run('pkg6 -R tools uninstall textkit', 1)
  run('pkg6 -R tools history')
  const conf = readFileSync(join(folder, 'tools', 'etc', 'greet.conf'), 'utf8')
  check(conf.startsWith('GREETING=Welcome'), 'the edited file is still there')
  process.stdout.write('\nAll of it did what it should.\n')
}

await main()
