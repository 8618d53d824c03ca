import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { at, inImage, useCommandImage } from '../../../support/command-image.ts'

const owned = 'owner=root group=root'
const version = (number: string): string =>
  `set name=pkg.fmri value=pkg://test/app@${number},5.11-0:20260101T00000${number}Z
file c${number} path=etc/app.conf mode=0644 ${owned} preserve=true
file c${number} path=etc/other.conf mode=0644 ${owned} preserve=renameold
${number === '1' ? `dir path=srv/app mode=0755 ${owned}` : ''}
`

useCommandImage(
  ['1', '2'].map(version),
  new Map(['1', '2'].map((number) => [`c${number}`, `content ${number}\n`])),
)

const text = (path: string): string => readFileSync(at.path('image', path), 'utf8')
const lostAndFound = '.org.opensolaris,pkg/lost+found'

/** The image with version 1, both files edited, and an unpackaged file. */
async function edited(): Promise<void> {
  await inImage(0, 'install', 'app@1')
  for (const path of ['etc/app.conf', 'etc/other.conf', 'srv/app/mine'])
    writeFileSync(at.path('image', path), 'edited\n')
}

it('--replace-configs says what it replaces, and puts the edited file into lost+found', async () => {
  await edited()
  const told = 'Edited configuration to replace:\n  etc/app.conf\n'
  for (const exit of [0, 0])
    expect((await inImage(exit, 'update', '-n', '--replace-configs')).stdout).toContain(told)
  expect(text('etc/app.conf')).toBe('edited\n')
  const { stdout, stderr } = await inImage(0, 'update', '--replace-c')
  expect(stdout).toContain(told)
  expect(stderr).toContain('etc/app.conf -> ')
  expect([text('etc/app.conf'), text('etc/other.conf'), text('etc/other.conf.old')]).toEqual([
    'content 2\n',
    'content 2\n',
    'edited\n',
  ])
  expect(readdirSync(at.path('image', lostAndFound, 'etc'))).toEqual([expect.stringMatching(/^app\.conf-/)])
  expect((await inImage(0, 'verify')).stdout).toBe('')
})

it('--discard-replaced says what it removes, and leaves no copy', async () => {
  await edited()
  const told = 'Content to remove without a copy:\n  etc/other.conf\n  srv/app\n'
  expect((await inImage(0, 'update', '-n', '--discard-replaced')).stdout).toContain(told)
  expect(existsSync(at.path('image', 'srv/app/mine'))).toBe(true)
  expect((await inImage(0, 'update', '--discard-replaced')).stdout).toContain(told)
  expect([text('etc/app.conf'), text('etc/other.conf')]).toEqual(['edited\n', 'content 2\n'])
  for (const path of ['etc/other.conf.old', 'srv/app', lostAndFound])
    expect(existsSync(at.path('image', path)), path).toBe(false)
})

it('both tell programs in one key, which is there for nobody else', async () => {
  await edited()
  const parsable = async (...words: readonly string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await inImage(0, 'update', '-n', '--parsable=0', ...words)).stdout)
  expect(Object.keys(await parsable())).not.toContain('lost-content')
  const told = await parsable('--replace-configs', '--discard-replaced')
  expect(Object.keys(told).at(-1)).toBe('lost-content')
  expect(told['lost-content']).toEqual({
    replaced: ['etc/app.conf'],
    discarded: ['etc/app.conf', 'etc/other.conf', 'srv/app'],
  })
  expect(told['change-editables']).toEqual([['updated', ['etc/app.conf', 'etc/other.conf']]])
})
