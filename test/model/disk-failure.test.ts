import { expect, it } from 'vitest'
import { refusesLinks } from '#model'

it('tells file systems without hard links from failures', () => {
  const refusals = ['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']
  const failures = ['EACCES', 'EEXIST', 'EIO', 'ENOENT', 'ENOSPC', 'EROFS', 'EXDEV', undefined]
  expect([...refusals, ...failures].filter(refusesLinks)).toEqual(refusals)
})
