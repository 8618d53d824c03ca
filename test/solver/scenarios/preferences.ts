import { scenario } from '../../support/short-scenario.ts'

/** Which of several answers is the best. */
export const preferences = [
  scenario('two-names-share-one-library', 'Two named packages settle on one version of what both need', {
    published: ['x@1 require z@1', 'y@1 incorporate z@2, require z', 'z@1', 'z@2', 'z@3'],
    request: ['x', 'y'],
    plan: ['+ x@1', '+ y@1', '+ z@2'],
  }),
  scenario('named-sum-before-rest', 'A named package gives up one version so that two reach theirs', {
    published: ['x@1', 'x@2 exclude y@2', 'y@1', 'y@2', 'y@3'],
    request: ['x', 'y'],
    plan: ['+ x@1', '+ y@3'],
  }),
  scenario('tie-first-named-wins', 'Of equal sums the package named first is newer', {
    published: ['x@1', 'x@2 exclude y@2', 'y@1', 'y@2'],
    request: ['y', 'x'],
    plan: ['+ x@1', '+ y@2'],
  }),
  scenario(
    'tie-first-alternative-wins',
    'Of equal alternatives the first listed comes in, whatever its name',
    {
      published: ['m@1 require-any zed abe', 'abe@1', 'zed@1'],
      request: ['m'],
      plan: ['+ m@1', '+ zed@1'],
    },
  ),
  scenario('fewest-removals-first', 'A change without removal is preferred to a removal', {
    published: [
      'app@1 require-any b@2 c@2',
      'b@1',
      'b@2 optional k@2',
      'c@1',
      'c@2 optional l@2',
      'k@1',
      'k@2 obsolete',
      'l@1',
      'l@2',
    ],
    installed: ['b@1', 'c@1', 'k@1', 'l@1'],
    request: ['app'],
    plan: ['+ app@1', '~ c@1 -> c@2', '~ l@1 -> l@2'],
  }),
  scenario(
    'update-prefers-system-version',
    'Update of everything moves the hold-bearing package before the leaf',
    {
      published: ['entire@1 hold os', 'entire@2 incorporate leaf@1, hold os', 'leaf@1', 'leaf@2'],
      installed: ['entire@1', 'leaf@1'],
      request: 'update',
      plan: ['~ entire@1 -> entire@2'],
    },
  ),
  scenario(
    'two-updates-rather-than-a-downgrade',
    'Two packages that go up are better than one that goes down',
    {
      published: [
        'inc@1 incorporate t@1-4',
        'inc@2 incorporate t@1-5',
        't@1.1-5',
        't@1.2-4',
        't@1.3-5 require y@2',
        'y@1',
        'y@2',
      ],
      installed: ['inc@1', 't@1.2-4', 'y@1'],
      request: ['inc@2'],
      plan: ['~ inc@1 -> inc@2', '~ t@1.2-4 -> t@1.3-5', '~ y@1 -> y@2'],
    },
  ),
  scenario('moved-before-new', 'What must move goes to its newest before new packages do', {
    published: [
      'x@1 require z@2',
      'z@1',
      'z@2 require n',
      'z@3 require n, incorporate n@1',
      'n@1',
      'n@2',
      'n@3',
    ],
    installed: ['z@1'],
    request: ['x'],
    plan: ['+ n@1', '+ x@1', '~ z@1 -> z@3'],
  }),
  scenario(
    'exact-install-prefers-what-is-there',
    'Of equal alternatives an exact-install takes the one that is installed',
    {
      published: ['app@1 require-any a b', 'a@1', 'b@1'],
      installed: ['b@1'],
      request: 'exact-install app',
      plan: ['+ app@1'],
    },
  ),
  scenario(
    'exact-install-newest-over-fewest',
    'An exact-install takes the newest dependency even if that brings one more package',
    {
      published: ['app@1 require z', 'z@1', 'z@2 require y', 'y@1'],
      request: 'exact-install app',
      plan: ['+ app@1', '+ y@1', '+ z@2'],
    },
  ),
  scenario(
    'holder-before-incorporation',
    'An update of everything decides for the install-hold against an incorporation',
    {
      published: [
        'a@1 incorporate z@1',
        'a@2 incorporate z@1, exclude sys@2',
        'sys@1 hold sys',
        'sys@2 hold sys',
        'z@1',
      ],
      installed: ['a@1', 'sys@1', 'z@1'],
      request: 'update',
      plan: ['~ sys@1 -> sys@2'],
    },
  ),
  scenario(
    'holder-by-its-next-version',
    'A package counts as holding where only its next version has an install-hold',
    {
      published: ['a@1', 'a@2 exclude sys@2', 'sys@1', 'sys@2 hold sys'],
      installed: ['a@1', 'sys@1'],
      request: 'update',
      plan: ['~ sys@1 -> sys@2'],
    },
  ),
  scenario(
    'incorporation-by-its-next-version',
    'A package counts as an incorporation where only its next version incorporates',
    {
      published: ['a@1', 'a@2 exclude inc@2', 'inc@1', 'inc@2 incorporate z@1', 'z@1'],
      installed: ['a@1', 'inc@1', 'z@1'],
      request: 'update',
      plan: ['~ inc@1 -> inc@2'],
    },
  ),
  scenario(
    'update-all-newest-over-fewest',
    'An update of everything takes the newest dependency even if that brings one more package',
    {
      published: ['app@1', 'app@2 require z', 'z@1', 'z@2 require y', 'y@1'],
      installed: ['app@1'],
      request: 'update',
      plan: ['+ y@1', '+ z@2', '~ app@1 -> app@2'],
    },
  ),
  scenario(
    'update-all-fewest-new',
    'An update of everything takes the alternative that brings fewer packages',
    {
      published: ['app@1', 'app@2 require-any a b', 'a@1 require c', 'b@1', 'c@1'],
      installed: ['app@1'],
      request: 'update',
      plan: ['+ b@1', '~ app@1 -> app@2'],
    },
  ),
  scenario('avoided-counts-like-new', 'An avoided package that stays counts as much as a new one', {
    published: ['app@1 require-any n x', 'n@1', 'x@1'],
    installed: ['x@1'],
    avoid: ['x'],
    request: ['app'],
    plan: ['+ app@1', '+ n@1', '- x@1'],
  }),
  scenario('tie-last-name-stays-out', 'Of equal answers the one without the last name is taken', {
    published: [
      'app@1 require u, require v',
      'u@1 require a',
      'u@2 exclude v@2',
      'v@1 require b',
      'v@2',
      'a@1',
      'b@1',
    ],
    request: ['app'],
    plan: ['+ a@1', '+ app@1', '+ u@1', '+ v@2'],
  }),
]
