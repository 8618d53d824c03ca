import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runPkg6 } from '../../../../cli/main.ts'
import { collectingIo } from '../../../support/collecting-io.ts'
import { wholeTree } from '../../../support/whole-tree.ts'

let work = ''
let image = ''
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'pkg6-usage-'))
  image = join(work, 'image')
  expect((await pkg('image-create', image)).exit).toBe(0)
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

async function pkg(...argv: readonly string[]) {
  const env = argv[0] === 'image-create' ? {} : { PKG_IMAGE: image }
  const { io, output } = collectingIo({ env, cwd: work, commandLine: ['pkg6', ...argv] })
  const exit = await runPkg6(argv, io)
  return { exit, ...output }
}

const content = (): readonly string[] =>
  wholeTree(image, (path) => /\/(cache|history|modified|reserve)$/.test(path))

it.each<[readonly string[], string]>([
  [['revert'], 'at least one file path or tag name required'],
  [['revert', '--tagged'], 'at least one file path or tag name required'],
  [['revert', '-x', 'usr/one'], 'illegal option -- x'],
  [['revert', '-v', '-q', 'usr/one'], "'-v' and '-q' options may not be combined"],
  [['revert', '--parsable=1', 'usr/one'], 'Supported: None, 0'],
  [['fix', '-p', 'usr/one'], 'illegal option -- p'],
  [['fix', '--parsable=0', '-v'], "'-v' and '--parsable' options may not be combined"],
  [['fix', '--parsable=0', '-H'], "'-H' and '--parsable' options may not be combined"],
  [['fix', '--accept', '--accept'], "'--accept' may not be repeated"],
  [['verify', '-p', 'usr', '--unpackaged'], "'-p' and '--unpackaged' options may not be combined"],
  [['verify', '--unpackaged', '--unpackaged-only'], 'may not be combined'],
  [['verify', '--unpackaged-only', 'tools/base'], '--unpackaged-only'],
  [['set-mediator'], 'at least one mediator must be specified'],
  [['set-mediator', '-V', '1'], 'at least one mediator must be specified'],
  [['set-mediator', 'python'], 'a mediator version and/or implementation must be specified'],
  [['set-mediator', '-V', '', '-I', '', 'python'], 'a mediator version and/or implementation must be'],
  [['set-mediator', '-V', '1', '-V', '2', 'python'], "'-V/--version' may not be repeated"],
  [['set-mediator', '-V', '1', '--be-name', 'x', '--deny-new-be', 'python'], 'may not be combined'],
  [['unset-mediator'], 'at least one mediator must be specified'],
  [['mediator', '-F', 'xml'], 'Supported: default, tsv, json, json-formatted'],
])('%j is a mistake', async (words, says) => {
  const before = content()
  const ran = await pkg(...words)
  expect([ran.exit, ran.stdout]).toEqual([2, ''])
  expect(ran.stderr).toContain(says)
  expect(ran.stderr).toContain('Usage:')
  expect(content()).toEqual(before)
})

it.each<[readonly string[], number, string]>([
  [['set-mediator', '-V', 'x.y', 'python'], 2, "'x.y' is not a valid mediator-version"],
  [['set-mediator', '-V', '1', 'a_b', 'python', 'c d'], 2, "'a_b' is not a valid mediator"],
  [['set-mediator', '-I', 'a@b', 'python'], 2, "'a@b' is not a valid mediator-implementation"],
  [['set-mediator', '-V', '\u001b[31m', 'python'], 2, 'is not a valid mediator-version'],
  [['unset-mediator', 'a_b'], 2, "'a_b' is not a valid mediator"],
  [['set-mediator', '-V', '1', '--be-name', 'new', 'python'], 1, '--be-name'],
  [['revert', 'usr/absent', '/usr/../usr/one', ''], 1, 'not packaged in this image'],
  [['revert', '--tagged', 'constructor', '__proto__'], 4, 'No updates necessary'],
  [['fix', 'no/such'], 1, "'no/such' matches no installed packages"],
  [['fix', 'a b@@', 'x@@'], 1, "'a b@@' is an illegal fmri"],
  [['verify', 'no/such', 'nor/this'], 1, "'nor/this' matches no installed packages"],
  [['verify', '-p', '../../etc/passwd'], 0, 'is not found in the image'],
  [['mediator', 'constructor'], 1, 'no matching mediators found'],
])('%j ends with %i', async (words, exit, says) => {
  const before = content()
  const ran = await pkg(...words)
  expect(ran.exit).toBe(exit)
  expect(`${ran.stdout}${ran.stderr}`).toContain(says)
  expect(`${ran.stdout}${ran.stderr}`).not.toMatch(/[^\P{Cc}\t\n]|\n\s+at .*:\d+|undefined/u)
  expect(content()).toEqual(before)
})
