import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readInputFile } from '../../../cli/io/input-file.ts'

const top = mkdtempSync(join(tmpdir(), 'pkg6-input-'))
afterAll(() => rmSync(top, { recursive: true }))

/** Text or fault. */
function read(path: string, limit = 1 << 20): string {
  const bytes = readInputFile(path, limit)
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
  it('is read to its end', () => {
    const path = join(top, 'file')
    for (const text of ['', 'one', 'x'.repeat(200_000)]) {
      writeFileSync(path, text)
      expect(read(path)).toBe(text)
    }
  })
  it('is read up to a limit', () => {
    const path = join(top, 'large')
    writeFileSync(path, '12345')
    expect([read(path, 5), read(path, 4)]).toEqual(['12345', 'EFBIG'])
    truncateSync(path, 2 ** 42)
    expect(read(path)).toBe('EFBIG')
    expect(read('/dev/zero')).toBe('EFBIG')
  })
  it('is told when it is none', () => {
    expect([read(join(top, 'none')), read(top), read('/dev/null')]).toEqual(['ENOENT', 'EISDIR', ''])
  })
  it('may be a pipe, when somebody writes into it', async () => {
    const path = pipe('written')
    await writerOf(path, 'sleep 0.1; printf one >&3; sleep 0.1; printf two >&3')
    expect(read(path)).toBe('onetwo')
  })
  it('is waited for no longer when nobody does', () => {
    expect(read(pipe('silent'))).toBe('EPIPE')
  })
})
