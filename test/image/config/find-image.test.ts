import { describe, expect, it } from 'vitest'
import { type FindImageOptions, findImage } from '#image'
import { createMemoryFilesystem } from '../../support/memory-filesystem.ts'

const filesystem = createMemoryFilesystem()
filesystem.plant('/full/var/pkg/pkg6.image.json', '{}')
filesystem.plant('/user/.org.opensolaris,pkg/pkg6.image.json', '{}')
filesystem.plant('/partial/.pkg/pkg6.image.json', '{}')
filesystem.plant('/both/var/pkg/pkg6.image.json', '{}')
filesystem.plant('/both/.org.opensolaris,pkg/pkg6.image.json', '{}')
filesystem.plant('/old/var/pkg/pkg5.image', '')
filesystem.plant('/mixed/var/pkg/pkg5.image', '')
filesystem.plant('/mixed/var/pkg/pkg6.image.json', '{}')
filesystem.plantDirectory('/full/usr/share/doc')
filesystem.plantDirectory('/user/nested/deep')
filesystem.plantDirectory('/nothing')
filesystem.plantDirectory('/odd/var/pkg/pkg6.image.json')
filesystem.plantLink('/way', '/full')
filesystem.plantLink('/linked/var', '/full/var')

function find(options: Partial<FindImageOptions>): string {
  const found = findImage(filesystem, {
    startDirectory: '/nothing',
    walkUp: true,
    liveRoot: '/nothing',
    ...options,
  })
  if (found.ok) return `${found.value.kind} ${found.value.root} ${found.value.metadata}`
  const { error } = found
  return `${error.code.slice('ips::image_error::'.length)} ${'path' in error ? error.path : ''} ${'source' in error ? error.source : ''}`.trim()
}

describe('an image', () => {
  it.each<[string, Partial<FindImageOptions>, string]>([
    ['at -R', { exactRoot: '/full' }, 'full /full /full/var/pkg'],
    ['of a user at -R', { exactRoot: '/user' }, 'user /user /user/.org.opensolaris,pkg'],
    ['that is partial at -R', { exactRoot: '/partial' }, 'partial /partial /partial/.pkg'],
    ['behind a link', { exactRoot: '/way' }, 'full /full /full/var/pkg'],
    ['whose var is a link', { exactRoot: '/linked' }, 'full /linked /full/var/pkg'],
    ['of two kinds: user wins', { exactRoot: '/both' }, 'user /both /both/.org.opensolaris,pkg'],
    ['not below -R', { exactRoot: '/full/usr' }, 'not_an_image /full/usr argument'],
    ['not where -R does not exist', { exactRoot: '/gone' }, 'not_an_image /gone argument'],
    [
      '-R before PKG_IMAGE',
      { exactRoot: '/user', environmentRoot: '/full' },
      'user /user /user/.org.opensolaris,pkg',
    ],
    ['at PKG_IMAGE', { environmentRoot: '/full' }, 'full /full /full/var/pkg'],
    ['not at PKG_IMAGE', { environmentRoot: '/nothing' }, 'not_an_image /nothing environment'],
    ['with PKG_IMAGE empty', { environmentRoot: '', startDirectory: '/full' }, 'full /full /full/var/pkg'],
    ['above the working directory', { startDirectory: '/full/usr/share/doc' }, 'full /full /full/var/pkg'],
    ['nearest first', { startDirectory: '/user/nested/deep' }, 'user /user /user/.org.opensolaris,pkg'],
    ['nowhere above', { startDirectory: '/nothing' }, 'not_an_image /nothing search'],
    ['at the live root', { walkUp: false, liveRoot: '/full' }, 'full /full /full/var/pkg'],
    ['not at the live root', { walkUp: false }, 'not_an_image /nothing live-root'],
    ['of pkg5', { exactRoot: '/old' }, 'foreign_image /old'],
    ['of pkg5 above', { startDirectory: '/old/var/pkg' }, 'foreign_image /old'],
    ['of both clients', { exactRoot: '/mixed' }, 'full /mixed /mixed/var/pkg'],
    ['whose configuration is a directory', { exactRoot: '/odd' }, 'not_an_image /odd argument'],
  ])('%s', (_, options, expected) => {
    expect(find(options)).toBe(expected)
  })
})
