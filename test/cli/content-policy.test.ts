import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { at, inImage, useCommandImage } from '../support/command-image.ts'
import { smallElf } from '../support/small-elf.ts'

const program = (code: string, comment: string): Buffer =>
  smallElf({
    bits: 64,
    littleEndian: true,
    sections: [
      { name: '.text', content: code },
      { name: '.comment', content: comment },
    ],
  })
const contents = new Map([
  ['one', program('code', 'Monday')],
  ['two', program('code', 'Tuesday')],
  ['three', program('other', 'Tuesday')],
])
const names = '\0.text\0.comment\0.shstrtab\0'
const gelf = (code: string): string =>
  `pkg.content-hash=gelf:sha512t_256:${createHash('sha512-256').update(code).update(names).digest('hex')}`
const manifests = [
  ['1.0', 'one', 'code', '0755'],
  ['2.0', 'two', 'code', '0755'],
  ['3.0', 'two', 'code', '0700'],
  ['4.0', 'three', 'other', '0700'],
].map(
  ([version, content, code, mode]) => `set name=pkg.fmri value=pkg://test/app@${version},5.11:20260101T000000Z
file ${content} path=bin/app owner=root group=root mode=${mode} ${gelf(code!)}
`,
)

useCommandImage(manifests, contents)

const installed = (): string | undefined =>
  [...contents].find(([, bytes]) => bytes.equals(readFileSync(at.path('image', 'bin/app'))))?.[0]

it('content is updated whenever the file differs, and is wrong then', async () => {
  await inImage(0, 'install', '-q', 'app@1.0')
  await inImage(0, 'update', '-q', 'app@2.0')
  expect(installed()).toBe('two')
  writeFileSync(at.path('image', 'bin/app'), contents.get('one')!)
  expect((await inImage(1, 'verify')).stdout).toMatch(/ERROR: Hash: \w+ should be/)
  writeFileSync(at.path('image', 'bin/app'), contents.get('three')!)
  expect((await inImage(1, 'verify')).stdout).toMatch(/ERROR: ELF content hash: \w+ should be/)
})

it('content-update-policy=when-required leaves programs alone that only say when they were made', async () => {
  await inImage(0, 'set-property', 'content-update-policy', 'when-required')
  await inImage(0, 'install', '-q', 'app@1.0')
  await inImage(0, 'update', '-q', 'app@2.0')
  expect(installed()).toBe('one')
  await inImage(0, 'verify')
  await inImage(4, 'fix')
  // Its mode is another matter, for which nothing is fetched.
  const payloads = at.path('repo', 'publisher/test/file')
  renameSync(payloads, `${payloads}.away`)
  await inImage(0, 'update', '-q', 'app@3.0')
  renameSync(`${payloads}.away`, payloads)
  expect(installed()).toBe('one')
  await inImage(0, 'verify')
  await inImage(0, 'update', '-q', 'app@4.0')
  expect(installed()).toBe('three')
  writeFileSync(at.path('image', 'bin/app'), contents.get('one')!)
  expect((await inImage(1, 'verify')).stdout).toMatch(/ERROR: ELF content hash: \w+ should be/)
  await inImage(0, 'fix', '-q')
  expect(installed()).toBe('three')
})
