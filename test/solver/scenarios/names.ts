import { scenario } from '../../support/short-scenario.ts'

/** What patterns name, and what is renamed or obsolete. */
export const names = [
  scenario(
    'renamed-three-times-with-dependent',
    'A dependent by the oldest name keeps every shell of the chain',
    {
      published: [
        'user@1 require one',
        'one@2 require two, renamed',
        'two@2 require three, renamed',
        'three@1',
      ],
      request: ['user'],
      plan: ['+ one@2', '+ three@1', '+ two@2', '+ user@1'],
    },
  ),
  scenario('obsolete-blocks-exclude', 'An exclude counts an obsolete version like any other', {
    published: ['a@1 exclude b@2, group b', 'b@1 require nothing', 'b@2 obsolete'],
    request: ['a'],
    problem: 'unsatisfiable',
  }),
  scenario('same-name-as-object-member', 'Names that objects have of their own are ordinary names', {
    published: ['constructor@1 require toString', 'toString@1'],
    request: ['constructor'],
    plan: ['+ constructor@1', '+ toString@1'],
  }),
  scenario(
    'name-prefers-living-stem',
    'A name that an obsolete and a living stem share means the living one',
    {
      published: ['new/x@1', 'old/x@1 obsolete'],
      request: ['x'],
      plan: ['+ new/x@1'],
    },
  ),
  scenario(
    'name-prefers-renamed-stem',
    'A name that a renamed stem and its target share means the renamed one',
    {
      published: ['new/x@1', 'old/x@2 require new/x@1, renamed'],
      request: ['x'],
      plan: ['+ new/x@1'],
    },
  ),
  scenario('glob-names-obsolete-stems-too', 'A glob names every stem that matches, obsolete or not', {
    published: ['new/x@1', 'old/x@1', 'old/x@2 obsolete'],
    installed: ['old/x@1'],
    request: ['*/x'],
    plan: ['+ new/x@1', '- old/x@1'],
  }),
  scenario('plain-name-beats-glob', 'A plain name decides against a glob on the same stem', {
    published: ['a/x@1', 'a/x@2'],
    request: ['*/x@1', 'a/x@2'],
    plan: ['+ a/x@2'],
  }),
  scenario('ignore-missing-is-for-installed-packages', 'Nothing is skipped as missing at install', {
    published: ['a@1'],
    request: 'install nosuch --ignore-missing',
    problem: 'no-match',
  }),
  scenario('update-star-names-what-is-installed', 'The pattern * at update names every installed package', {
    published: ['a@1', 'a@2 exclude sys@2', 'sys@1 hold sys', 'sys@2 hold sys'],
    installed: ['a@1', 'sys@1'],
    request: 'update *',
    plan: ['~ a@1 -> a@2'],
  }),
  scenario(
    'update-star-names-what-is-avoided',
    'Named by * at update, an avoided package is avoided no more',
    {
      published: ['a@1', 'a@2', 'b@1', 'b@2'],
      installed: ['a@1', 'b@1'],
      avoid: ['b'],
      request: 'update *',
      plan: ['~ a@1 -> a@2', '~ b@1 -> b@2'],
      avoidAfter: [],
    },
  ),
  scenario(
    'update-star-without-packages',
    'The pattern * at update matches nothing where nothing is installed',
    {
      published: ['a@1'],
      request: 'update *',
      problem: 'not-installed',
    },
  ),
  scenario('update-star-latest-is-a-demand', 'The pattern *@latest at update demands the newest of each', {
    published: ['a@1', 'a@2 origin b@2', 'b@1'],
    installed: ['a@1', 'b@1'],
    request: 'update *@latest',
    problem: 'unsatisfiable',
  }),
  scenario(
    'update-star-latest',
    'The pattern *@latest at update brings each installed package to its newest',
    {
      published: ['a@1', 'a@2', 'b@1', 'b@2', 'c@1'],
      installed: ['a@1', 'b@1'],
      request: 'update *@latest',
      plan: ['~ a@1 -> a@2', '~ b@1 -> b@2'],
    },
  ),
  scenario(
    'update-star-latest-without-packages',
    'The pattern *@latest at update needs something installed',
    {
      published: ['a@1'],
      request: 'update *@latest',
      problem: 'not-installed',
    },
  ),
  scenario('wrong-variant-comes-second', 'A name that nobody offers counts before one for other variants', {
    published: ['a@1 variant.arch=sparc', 'b@1'],
    variants: { 'variant.arch': 'i386' },
    request: ['a', 'b', 'nosuch'],
    problem: 'no-match',
  }),
  scenario(
    'renamed-goes-though-incorporate',
    'That something has an incorporate dependency on it does not keep a renamed package',
    {
      published: ['app@1 incorporate old@2', 'old@2 require new@1, renamed', 'new@1', 'x@1'],
      installed: ['app@1', 'new@1', 'old@2'],
      request: ['x'],
      plan: ['+ x@1', '- old@2'],
    },
  ),
  scenario(
    'renamed-goes-though-optional',
    'That something has an optional dependency on it does not keep a renamed package',
    {
      published: ['app@1 optional old@2', 'old@2 require new@1, renamed', 'new@1', 'x@1'],
      installed: ['app@1', 'new@1', 'old@2'],
      request: ['x'],
      plan: ['+ x@1', '- old@2'],
    },
  ),
  scenario(
    'renamed-goes-though-origin',
    'That something has an origin dependency on it does not keep a renamed package',
    {
      published: ['app@1 origin old@2', 'old@2 require new@1, renamed', 'new@1', 'x@1'],
      installed: ['app@1', 'new@1', 'old@2'],
      request: ['x'],
      plan: ['+ x@1', '- old@2'],
    },
  ),
  scenario('renamed-stays-for-a-group', 'A group dependency keeps a renamed package', {
    published: ['app@1 group old', 'old@2 require new@1, renamed', 'new@1', 'x@1'],
    installed: ['app@1', 'new@1', 'old@2'],
    request: ['x'],
    plan: ['+ x@1'],
  }),
  scenario('reject-ignores-versions', 'A version in --reject is not looked at', {
    published: ['a@1 require-any b c', 'b@1', 'c@1'],
    request: 'install a --reject b@9',
    plan: ['+ a@1', '+ c@1'],
  }),
]
