import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../support/shared-data.ts'

let folder = ''
let bundle = ''

/** Says where it stands and what a path below it is, then asks for the directory as libraries do. */
const program = `
import { processIo } from './cli/platform/process-io.ts'
import { runTool } from './cli/io/tool-io.ts'
const io = processIo()
await runTool('tool', async (_, tool) => { tool.stdout(io.cwd + '\\n'); return 0 })
io.stdout(process.cwd() + '\\n')
`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pkg6-process-'))
  bundle = join(folder, 'program.mjs')
  await build({
    stdin: { contents: program, resolveDir: projectRoot, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function shell(script: string) {
  const ran = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env.PATH, NODE: process.execPath, BUNDLE: bundle },
  })
  return { exit: ran.status, stdout: ran.stdout, stderr: ran.stderr }
}

describe('the running process', () => {
  it('begins relative paths where it stands', () => {
    expect(shell('"$NODE" "$BUNDLE"')).toEqual({ exit: 0, stdout: `${folder}\n${folder}\n`, stderr: '' })
  })

  it('works in a directory that was removed under it', () => {
    expect(shell('mkdir gone && cd gone && rmdir ../gone && "$NODE" "$BUNDLE"')).toEqual({
      exit: 0,
      stdout: `${folder}/gone\n/\n`,
      stderr: '',
    })
  })

  it('ends quietly when its reader goes away', () => {
    const ran = shell('{ "$NODE" "$BUNDLE"; echo $? > code; } | true')
    expect(ran).toEqual({ exit: 0, stdout: '', stderr: '' })
    expect(['0\n', '1\n']).toContain(readFileSync(join(folder, 'code'), 'utf8'))
  })

  it.runIf(existsSync('/dev/full'))('says that its output cannot be written', () => {
    expect(shell('"$NODE" "$BUNDLE" > /dev/full')).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'tool: the output cannot be written: ENOSPC\npkg6: the output cannot be written: ENOSPC\n',
    })
  })
})
