import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runPkg6 } from '../../../cli/main.ts'
import { collectingIo } from '../../support/collecting-io.ts'
import { publishRepository } from '../../support/published-repository.ts'

const name = (stem: string) =>
  `set name=pkg.fmri value=pkg://small.example/${stem}@1.0,5.11-1:20260101T000000Z\n`
const tool = (stem: string, tags: string) =>
  `${name(stem)}file tool path=usr/lib/${stem} owner=root group=root mode=0755
link path=usr/bin/tool target=../lib/${stem} mediator=tool ${tags}
`
const manifests = [
  tool('one', 'mediator-version=1 mediator-implementation=im@1'),
  tool('two', 'mediator-version=2 mediator-implementation=im@2 mediator-priority=vendor'),
  `${name('app')}depend type=require fmri=one
file tool path=usr/bin/app owner=root group=root mode=0755
file conf path=etc/app.conf owner=root group=root mode=0644 preserve=true revert-tag=site
`,
]

let work = ''
let image = ''
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'pkg6-render-'))
  image = join(work, 'image')
  const contents = new Map([
    ['tool', 'tool\n'],
    ['conf', 'loud = no\n'],
  ])
  publishRepository(join(work, 'repository'), manifests, contents)
  await pkg('image-create', '-p', join(work, 'repository'), image)
  await pkg('install', '-q', 'app', 'two')
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** Exit code, then both streams, without progress and without what differs from run to run. */
async function pkg(...argv: readonly string[]): Promise<string> {
  const env = argv[0] === 'image-create' ? {} : { PKG_IMAGE: image }
  const { io, output } = collectingIo({ env, cwd: work, commandLine: ['pkg6', ...argv] })
  const exit = await runPkg6(argv, io)
  const text = `${output.stdout}${output.stderr}`
    .replaceAll(work, '{WORK}')
    .replace(/^( Startup:|Planning:|Download:| Actions:|Finalize:).*\n/gm, '')
    .replace(/(space available:|to be consumed:) .*/g, '$1 {SIZE}')
    // What compression makes of content is zlib's business.
    .replace(/ (chash|pkg\.csize)=\S+/g, '')
    .replace(/ pkg\.content-hash=gzip:\S+/g, '')
    .replace(/"msg_time":"[^"]*"/g, '"msg_time":"{TIME}"')
    .replace(/"(space-\w+)":[\d.]+/g, '"$1":"{SIZE}"')
  return `${exit}\n${text}`
}

it('mediators in every form', async () => {
  const told = [
    await pkg('mediator'),
    await pkg('mediator', '-aH'),
    await pkg('mediator', '-F', 'tsv'),
    await pkg('mediator', '-aF', 'json'),
    await pkg('set-mediator', '-nv', '-V', '1', 'tool'),
    await pkg('set-mediator', '-q', '-I', 'im', '-V', '1', 'tool'),
    await pkg('mediator'),
    await pkg('mediator', '-HF', 'tsv'),
    await pkg('mediator', '-F', 'json-formatted'),
    await pkg('mediator', 'tool', 'absent'),
    await pkg('unset-mediator', '--parsable=0', 'tool'),
    await pkg('unset-mediator', 'tool'),
    await pkg('set-mediator', '-q', '-I', 'None', '-V', 'None', 'tool'),
    await pkg('mediator'),
    await pkg('unset-mediator', '-q', 'tool'),
  ]
  expect(told.join('---\n')).toMatchSnapshot()
})

it('a link that an uninstall leaves without its target', async () => {
  await pkg('set-mediator', '-q', '-V', '2', 'tool')
  const told = [
    await pkg('uninstall', '-n', 'two'),
    await pkg('uninstall', '-q', 'two'),
    await pkg('mediator'),
  ]
  await pkg('unset-mediator', '-q', 'tool')
  expect(told.join('---\n')).toMatchSnapshot()
})

it('verify, fix and revert', async () => {
  writeFileSync(join(image, 'usr/bin/app'), 'damaged')
  writeFileSync(join(image, 'etc/app.conf'), 'loud = yes\n')
  writeFileSync(join(image, 'etc/mine'), 'mine')
  const told = [
    await pkg('verify'),
    await pkg('verify', '-vH', '--unpackaged', 'app'),
    await pkg('verify', '--parsable=0', '-p', '/usr/bin/app', '-p', 'usr/absent'),
    await pkg('fix', '-nv'),
    await pkg('fix'),
    await pkg('fix', '-v', 'app'),
    await pkg('fix', '--parsable=0', '--unpackaged', 'one'),
    await pkg('revert', '-nvv', '--tagged', 'site'),
    await pkg('revert', 'etc/app.conf'),
    await pkg('revert', 'etc/app.conf', 'etc/absent'),
    await pkg('revert', '--parsable=0', '--tagged', 'site'),
  ]
  expect(told.join('---\n')).toMatchSnapshot()
})
