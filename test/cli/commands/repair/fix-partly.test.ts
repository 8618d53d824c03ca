import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { at, inImage, useCommandImage } from '../../../support/command-image.ts'

const contents = new Map([
  ['passwd', 'root:x:0:0:Super-User:/root:/bin/sh\nsvc:x:80:80:Service:/:\n'],
  ['group', 'root::0:\nsvc::80:\n'],
  ['app', 'app\n'],
])
const name = (stem: string): string =>
  `set name=pkg.fmri value=pkg://test/${stem}@1.0,5.11:20260101T000000Z\n`
const manifests = [
  `${name('core')}file passwd path=etc/passwd owner=root group=root mode=0644 preserve=true
file group path=etc/group owner=root group=root mode=0644 preserve=true
`,
  `${name('app')}file app path=usr/app owner=root group=root mode=0644
hardlink path=usr/again target=svc
`,
  `${name('svc')}file app path=usr/svc owner=svc group=root mode=0644
dir path=var/svc owner=root group=svc mode=0755
`,
  `${name('drv')}driver name=exdrv alias=pci1,2
`,
]

useCommandImage(manifests, contents, '-F')
beforeEach(async () => void (await inImage(0, 'install', '-q', 'core', 'app', 'svc')))

const inside = (path: string): string => at.path('image', path)
const forget = (database: string): void => {
  const text = contents.get(database)!.replace(/svc.*\n/, '')
  writeFileSync(inside(`etc/${database}`), text)
}

it('what is only a warning is no failure of verify, and nothing to fix', async () => {
  await inImage(0, 'install', '-q', 'drv')
  writeFileSync(inside('etc/name_to_major'), 'other 1\n')
  const verified = await inImage(0, 'verify')
  expect(verified.stdout).toMatch(/drv +WARNING\n\tdriver: exdrv\n\t\tWARNING: /)
  await inImage(4, 'fix')
})

it('an owner that the image does not know keeps fix from nothing else', async () => {
  forget('passwd')
  forget('group')
  rmSync(inside('usr/svc'))
  rmSync(inside('usr/again'))
  rmSync(inside('var/svc'), { recursive: true })
  writeFileSync(inside('usr/app'), 'damaged')
  expect((await inImage(1, 'fix', '-n')).stderr).toContain('owner svc is unknown')
  const fixed = await inImage(1, 'fix')
  expect(readFileSync(inside('usr/app'), 'utf8')).toBe('app\n')
  expect([existsSync(inside('usr/svc')), existsSync(inside('var/svc'))]).toEqual([false, false])
  expect(fixed.stdout).toContain('Repairing: pkg://test/app@1.0')
  expect(fixed.stdout).toContain('Could not repair: pkg://test/svc@1.0')
  const lines = fixed.stderr.split('\n').filter((line) => line.includes('cannot repair'))
  expect(lines.map((line) => line.slice(line.indexOf('cannot repair'))).sort()).toEqual([
    'cannot repair dir var/svc: group svc is unknown in this image',
    'cannot repair file usr/svc: owner svc is unknown in this image',
    'cannot repair hardlink usr/again: its target usr/svc is not a file',
  ])
  // Nothing else is left to do, and still not everything is right.
  expect((await inImage(1, 'fix')).stderr).toContain('owner svc is unknown')
  writeFileSync(inside('etc/passwd'), contents.get('passwd')!)
  writeFileSync(inside('etc/group'), contents.get('group')!)
  await inImage(0, 'fix', '-q')
  await inImage(0, 'verify')
})

it('a hard link whose target belongs to a package that nobody asked for waits for it', async () => {
  rmSync(inside('usr/svc'))
  rmSync(inside('usr/again'))
  writeFileSync(inside('usr/app'), 'damaged')
  const fixed = await inImage(1, 'fix', 'app')
  expect(fixed.stderr).toContain('hardlink usr/again: its target usr/svc is not a file')
  expect(readFileSync(inside('usr/app'), 'utf8')).toBe('app\n')
  await inImage(0, 'fix', '-q')
  await inImage(0, 'verify')
})
