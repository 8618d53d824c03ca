import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'
import { readInputFile } from '../../../cli/io/input-file.ts'
import { projectRoot } from '../../support/shared-data.ts'

const program = join(projectRoot, 'dist', 'bin', 'pkg6repo.mjs')
const top = mkdtempSync(join(tmpdir(), 'pkg6-input-'))
afterAll(() => rmSync(top, { recursive: true }))

/** Text or fault. */
async function read(path: string, limit = 1 << 20): Promise<string> {
  const bytes = await readInputFile(
    path,
    top,
    limit,
    Readable.from([Buffer.from('from '), Buffer.from('stdin')]),
  )
  return bytes.ok ? Buffer.from(bytes.value).toString() : bytes.error.errno
}

function pipe(name: string): string {
  const path = join(top, name)
  spawnSync('mkfifo', [path])
  return path
}

/** A shell that has opened a pipe and goes on with the script. */
async function writerOf(path: string, script: string): Promise<void> {
  const shell = spawn('sh', ['-c', `exec 3<>'${path}'; echo opened; ${script}`])
  await once(shell.stdout, 'data')
}

describe('a file that the user names', () => {
  it('is read to its end', async () => {
    const path = join(top, 'file')
    for (const text of ['', 'one', 'x'.repeat(200_000)]) {
      writeFileSync(path, text)
      expect(await read(path)).toBe(text)
    }
  })
  it('is read up to a limit', async () => {
    const path = join(top, 'large')
    writeFileSync(path, '12345')
    expect([await read(path, 5), await read(path, 4)]).toEqual(['12345', 'EFBIG'])
    truncateSync(path, 2 ** 42)
    expect(await read(path)).toBe('EFBIG')
    expect(await read('/dev/zero')).toBe('EFBIG')
  })
  it('is told when it is none', async () => {
    expect([await read('none'), await read(top), await read('/dev/null')]).toEqual(['ENOENT', 'EISDIR', ''])
  })
  it('may be a pipe, when somebody writes into it', async () => {
    const path = pipe('written')
    await writerOf(path, 'sleep 0.1; printf one >&3; sleep 0.1; printf two >&3')
    expect(await read(path)).toBe('onetwo')
  })
  it('may be a pipe whose writer comes later', async () => {
    const path = pipe('late')
    const reading = read(path)
    await new Promise((wake) => setTimeout(wake, 30))
    await writerOf(path, 'printf late >&3')
    expect(await reading).toBe('late')
  })
  it.each(['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'])('may be standard input: %s', async (name) => {
    expect(await read(name)).toBe('from stdin')
    expect(await read(name, 8)).toBe('EFBIG')
  })
})

describe.skipIf(!existsSync(program))('a command that reads standard input', () => {
  const manifest = (name: string) => `set name=pkg.fmri value=pkg://a.example/${name}@1\\n`
  it('takes a pipe that is filled late, a pipe of the shell, and a named pipe', () => {
    const script = `set -e
      $REPO create repo; mkfifo fifo
      (sleep 0.3; printf '${manifest('late')}') | $REPO publish -s repo
      $REPO publish -s repo <(sleep 0.3; printf '${manifest('shell')}')
      (sleep 0.3; printf '${manifest('fifo')}' >fifo) & $REPO publish -s repo fifo`
    const ran = spawnSync('bash', ['--norc', '-c', script], {
      encoding: 'utf8',
      cwd: mkdtempSync(join(top, 'commands-')),
      env: { PATH: process.env.PATH, REPO: `${process.execPath} ${program}` },
      input: '',
    })
    expect(ran.stderr).toBe('')
    const published = [...ran.stdout.matchAll(/a\.example\/(\w+)@.*\nPUBLISHED/g)].map(([, name]) => name)
    expect(published).toEqual(['late', 'shell', 'fifo'])
  })
})
