import { scenario } from '../../support/short-scenario.ts'

/** Variants and facets. */
export const settings = [
  scenario(
    'variant-change-takes-older-version',
    'What the new variant value does not allow may give way to an older version that it does',
    {
      published: ['app@1 require x', 'x@1 variant.arch=i386|sparc', 'x@2 variant.arch=i386'],
      installed: ['app@1', 'x@2'],
      variants: { 'variant.arch': 'i386' },
      request: 'change-variant variant.arch=sparc',
      plan: ['~ x@2 -> x@1'],
    },
  ),
  scenario(
    'variant-the-image-does-not-set',
    'A package for some values of a variant installs where the image does not set it',
    {
      published: ['a@1 variant.arch=i386'],
      request: ['a'],
      plan: ['+ a@1'],
    },
  ),
  scenario('facet-of-a-package-means-nothing', 'A facet that a package declares does not keep it out', {
    published: ['a@1 facet.doc=true'],
    facets: { 'facet.doc': false },
    request: ['a'],
    plan: ['+ a@1'],
  }),
  scenario('uninstall-of-another-variant', 'What is for another variant value can be uninstalled', {
    published: ['a@1 variant.arch=sparc', 'b@1'],
    installed: ['a@1', 'b@1'],
    variants: { 'variant.arch': 'i386' },
    request: 'uninstall a',
    plan: ['- a@1'],
  }),
  scenario(
    'variant-takes-only-what-it-must',
    'What leaves with a variant need not stay, what it needed does',
    {
      published: ['a@1 require b, variant.arch=i386', 'b@1'],
      installed: ['a@1', 'b@1'],
      variants: { 'variant.arch': 'i386' },
      request: 'change-variant variant.arch=sparc',
      plan: ['- a@1'],
    },
  ),
]
