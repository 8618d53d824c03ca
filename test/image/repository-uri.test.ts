import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { normaliseUri } from '#image'

it.each(['/srv/repo/', '/srv/a b/', '/srv/100%/', '/srv/a#b?c/', '/srv/a\nb/', '/srv/a\\b/', '/srv/ü/'])(
  'names the folder %j',
  (path) => {
    const uri = normaliseUri(path)
    if (!uri.ok) throw new Error(uri.error.code)
    expect(fileURLToPath(uri.value)).toBe(path)
  },
)
