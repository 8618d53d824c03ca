import { scenario } from '../../support/short-scenario.ts'

/** Origin dependencies, on the image and on the root image. */
export const origins = [
  scenario(
    'origin-of-root-image-counts-as-met',
    'What an origin dependency asks of the root image is taken as met',
    {
      published: ['a@1', 'a@2 origin b@2 root-image=true', 'b@1'],
      installed: ['b@1'],
      request: ['a'],
      plan: ['+ a@2'],
    },
  ),
  scenario(
    'exact-install-tests-origin-against-the-image',
    'An exact-install looks at the installed version for origin',
    {
      published: ['a@1', 'a@2 origin x@2', 'x@1'],
      installed: ['x@1'],
      request: 'exact-install a',
      plan: ['+ a@1', '- x@1'],
    },
  ),
  scenario(
    'origin-of-root-image',
    'An origin dependency on the root image looks at what is installed there',
    {
      published: ['a@1', 'a@2 origin b@2 root-image=true', 'b@2'],
      installed: ['b@2'],
      root: ['b@1'],
      request: ['a'],
      plan: ['+ a@1'],
    },
  ),
  scenario(
    'origin-of-root-image-met',
    'An origin dependency on the root image is met by a newer version there',
    {
      published: ['a@1', 'a@2 origin b@2 root-image=true', 'b@2', 'b@1'],
      installed: ['b@1'],
      root: ['b@3'],
      request: ['a'],
      plan: ['+ a@2'],
    },
  ),
  scenario(
    'origin-of-root-image-absent',
    'An origin dependency on the root image is met where that lacks the package',
    {
      published: ['a@1', 'a@2 origin b@2 root-image=true', 'b@2', 'b@1'],
      installed: ['b@1'],
      root: [],
      request: ['a'],
      plan: ['+ a@2'],
    },
  ),
  scenario('origin-on-firmware', 'What asks for a firmware probe counts as met', {
    published: ['a@1', 'a@2 origin feature/firmware/x@2 root-image=true', 'feature/firmware/x@1'],
    root: ['feature/firmware/x@1'],
    request: ['a'],
    plan: ['+ a@2'],
  }),
  scenario(
    'origin-of-root-image-equal',
    'An origin dependency on the root image is met by the very version',
    {
      published: ['a@1', 'a@2 origin b@2 root-image=true', 'b@2', 'b@1'],
      installed: ['b@1'],
      root: ['b@2'],
      request: ['a'],
      plan: ['+ a@2'],
    },
  ),
]
