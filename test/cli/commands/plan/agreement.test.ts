import { expect, it } from 'vitest'
import { inImage, useCommandImage } from '../../../support/command-image.ts'

const manifest = (fmri: string, ...actions: string[]): string =>
  [`set name=pkg.fmri value=pkg://test/${fmri}:20260101T000000Z`, ...actions].join('\n')
const depend = (type: string, fmri: string): string => `depend type=${type} fmri=${fmri}`

useCommandImage(
  [
    manifest('kernel@1.0,5.11-0.1'),
    manifest('kernel@1.0,5.11-0.1.1.0', depend('require', 'fix')),
    manifest(
      'fix@1.0,5.11-0.1.1.0',
      'set name=pkg.additional-update-on-uninstall value=kernel@1.0,5.11-0.1',
      depend('incorporate', 'kernel@1.0,5.11-0.1.1.0'),
    ),
    manifest('other@1.0,5.11'),
    manifest('lib@1.0,5.11'),
    manifest('lib@2.0,5.11'),
    manifest('app@1.0,5.11', depend('require', 'lib')),
    manifest('doc@1.0,5.11', depend('require', 'lib facet.doc=true')),
    manifest('foe@1.0,5.11', depend('exclude', 'other')),
    manifest('user@1.0,5.11', depend('require', 'other')),
    manifest('top@1.0,5.11', depend('require', 'left'), depend('require', 'right')),
    manifest('left@1.0,5.11', depend('require', 'deep')),
    manifest('right@1.0,5.11', depend('require', 'deeper')),
    manifest('deep@1.0,5.11', depend('exclude', 'deeper')),
    manifest('deeper@1.0,5.11'),
  ],
  new Map(),
)

const installed = async (name: string): Promise<string> => (await inImage(0, 'list', '-Hv', name)).stdout

it('an interim fix is uninstalled, and the fixed package is downgraded', async () => {
  await inImage(0, 'install', '-q', 'fix', 'kernel')
  expect(await installed('kernel')).toContain('kernel@1.0-0.1.1.0:')
  await inImage(0, 'uninstall', '-q', 'fix')
  expect(await installed('kernel')).toContain('kernel@1.0-0.1:')
  await inImage(1, 'list', 'fix')
  await inImage(0, 'install', '-q', 'fix', 'kernel')
  await inImage(0, 'install', '-q', '--reject', 'fix', 'other')
  expect(await installed('kernel')).toContain('kernel@1.0-0.1:')
})

it('an update by name asks for no package, so autoremove still takes it', async () => {
  await inImage(0, 'install', '-q', '--reject', 'doc', 'app')
  await inImage(4, 'update', '-q', 'lib')
  await inImage(0, 'update', '-q', 'lib@1.0')
  await inImage(0, 'update', '-q', 'lib')
  expect((await inImage(0, 'list', '-HM')).stdout).toContain('lib')
  await inImage(0, 'uninstall', '-q', 'app')
  await inImage(0, 'autoremove', '-q')
  await inImage(1, 'list')
  await inImage(0, 'install', '-q', 'lib@1.0')
  await inImage(0, 'update', '-q', 'lib')
  expect((await inImage(0, 'list', '-Hm')).stdout).toContain('lib')
})

it('a failure ends with 1 where nothing is left before a search, with 9 where the search fails', async () => {
  await inImage(0, 'install', '-q', 'foe')
  const before = await inImage(1, 'install', 'user')
  expect(before.stderr).toContain(
    'must be uninstalled or upgraded\nif the requested operation is to be performed:\n\tfoe',
  )
  const search = await inImage(9, 'install', 'top')
  expect(search.stderr).toContain('No solution was found to satisfy constraints')
})

it('a change of settings ignores rejected patterns that match nothing', async () => {
  await inImage(0, 'install', '-q', 'doc')
  await inImage(0, 'change-facet', '-q', '--reject', 'nosuch', 'devel=false')
  await inImage(0, 'change-facet', '-q', '--reject', 'nosuch', 'doc=false')
  await inImage(0, 'change-variant', '-q', '--reject', 'nosuch', 'variant.debug=true')
  await inImage(0, 'change-facet', '-q', '--reject', 'lib', 'devel=true')
  await inImage(1, 'list', 'lib')
  await inImage(1, 'install', '--reject', 'nosuch', 'other')
})

it('update with * names the installed packages', async () => {
  await inImage(1, 'update', '*')
  await inImage(0, 'install', '-q', 'lib@1.0', 'other')
  await inImage(0, 'update', '-q', '*')
  expect(await installed('lib')).toContain('lib@2.0:')
  await inImage(4, 'update', '*@latest')
})
