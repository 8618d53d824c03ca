import { expect, it } from 'vitest'
import { hostPath } from '#model'

it.each([
  ['/', '', '/'],
  ['/', 'etc/passwd', '/etc/passwd'],
  ['/tank/image', '', '/tank/image'],
  ['/tank/image', 'etc/passwd', '/tank/image/etc/passwd'],
])('in an image at %s, %j is %s', (root, path, host) => expect(hostPath(root, path)).toBe(host))
