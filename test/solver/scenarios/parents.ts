import { scenario } from '../../support/short-scenario.ts'

/** Child images and their parent. */
export const parents = [
  scenario('child-second-try', 'A child image behind its parent can still install what does not touch that', {
    published: ['os@1 parent feature/package/dependency/self', 'tool@1'],
    installed: ['os@1'],
    parent: ['os@2'],
    request: ['tool'],
    plan: ['+ tool@1'],
  }),
  scenario('child-follows-parent', 'A child image follows its parent when the version is there', {
    published: [
      'os@1 parent feature/package/dependency/self',
      'os@2 parent feature/package/dependency/self',
      'tool@1',
    ],
    installed: ['os@1'],
    parent: ['os@2'],
    request: ['tool'],
    plan: ['+ tool@1', '~ os@1 -> os@2'],
  }),
  scenario(
    'explicit-install-follows-parent',
    'A package for explicit installation comes into a child as a dependency where the parent has it',
    {
      published: ['app@1 require x', 'x@1 explicit, parent feature/package/dependency/self'],
      parent: ['x@1'],
      request: ['app'],
      plan: ['+ app@1', '+ x@1'],
    },
  ),
  scenario(
    'explicit-install-child-without-link',
    'That the parent has it is not enough without a dependency on the parent',
    {
      published: ['app@1 require x', 'x@1 explicit'],
      parent: ['x@1'],
      request: ['app'],
      problem: 'unsatisfiable',
    },
  ),
  scenario(
    'parent-of-another-publisher',
    "A parent dependency with a publisher is not met by another one's package",
    {
      publishers: ['one', 'two'],
      published: ['pkg://one/tool@1 parent pkg://one/lib@1', 'pkg://one/lib@1', 'pkg://two/lib@1'],
      parent: ['pkg://two/lib@1'],
      request: ['tool'],
      problem: 'unsatisfiable',
    },
  ),
  scenario(
    'parent-self-of-another-publisher',
    'A package that follows itself in the parent needs the same publisher there',
    {
      publishers: ['one', 'two'],
      published: ['pkg://one/os@1 parent feature/package/dependency/self', 'pkg://two/os@1'],
      parent: ['pkg://two/os@1'],
      request: ['pkg://one/os'],
      problem: 'unsatisfiable',
    },
  ),
  scenario(
    'child-incorporation-follows-parent',
    "An incorporation of a child that differs from the parent's is not held",
    {
      published: [
        'inc@1 parent feature/package/dependency/self, incorporate z@1',
        'inc@2 parent feature/package/dependency/self, incorporate z@2',
        'z@1',
        'z@2',
      ],
      installed: ['inc@1'],
      parent: ['inc@2'],
      request: ['z@2'],
      plan: ['+ z@2', '~ inc@1 -> inc@2'],
    },
  ),
  scenario('child-at-a-standstill', 'A child image that cannot be updated has nothing to do', {
    published: ['os@1 hold os', 'os@2 hold os, require gone'],
    installed: ['os@1'],
    parent: ['other@1'],
    request: 'update',
    plan: [],
  }),
  scenario(
    'child-update-all-has-no-second-try',
    'An update of everything in a child that cannot follow its parent fails',
    {
      published: [
        'os@1 parent feature/package/dependency/self',
        'os@2 parent feature/package/dependency/self',
      ],
      installed: ['os@1'],
      parent: ['os@3'],
      request: 'update',
      problem: 'unsatisfiable',
    },
  ),
  scenario('every-parent-dependency-holds', 'All parent dependencies must hold, not just one', {
    published: ['tool@1 parent gone, parent lib@1', 'lib@1'],
    parent: ['lib@1'],
    request: ['tool'],
    problem: 'unsatisfiable',
  }),
  scenario(
    'incorporation-like-the-parents-is-held',
    'An incorporation of a child that is as in the parent is held',
    {
      published: [
        'inc@1 parent feature/package/dependency/self, incorporate z@1',
        'inc@2 incorporate z@2',
        'z@1',
        'z@2',
      ],
      installed: ['inc@1', 'z@1'],
      parent: ['inc@1'],
      request: ['z@2'],
      problem: 'unsatisfiable',
    },
  ),
  scenario(
    'incorporation-without-link-is-held',
    'An incorporation that does not follow the parent is held though it differs there',
    {
      published: ['inc@1 incorporate z@1', 'inc@2 incorporate z@2', 'z@1', 'z@2'],
      installed: ['inc@1', 'z@1'],
      parent: ['inc@2'],
      request: ['z@2'],
      problem: 'unsatisfiable',
    },
  ),
  scenario(
    'publisher-of-the-parent-is-no-mismatch',
    'A child image is not out of step where only publishers differ',
    {
      publishers: ['one', 'two'],
      published: ['pkg://one/tool@1 parent pkg://one/lib@1', 'pkg://one/x@1', 'pkg://two/lib@1'],
      installed: ['tool@1'],
      parent: ['pkg://two/lib@1'],
      request: ['x'],
      problem: 'unsatisfiable',
    },
  ),
  scenario(
    'second-try-is-for-installed-versions',
    'The second try of a child image lets no other version past the parent',
    {
      published: [
        'os@1 parent feature/package/dependency/self',
        'os@2 parent feature/package/dependency/self',
      ],
      installed: ['os@1'],
      parent: ['os@3'],
      request: ['os@2'],
      problem: 'unsatisfiable',
    },
  ),
  scenario(
    'second-try-relaxes-nothing',
    'The second try of a child image lets no incorporation move because the parent differs',
    {
      published: [
        'os@1 parent feature/package/dependency/self',
        'inc@1 parent feature/package/dependency/self, incorporate z@1',
        'inc@2 incorporate z@2',
        'z@1',
        'z@2',
      ],
      installed: ['inc@1', 'os@1', 'z@1'],
      parent: ['inc@3', 'os@3'],
      request: ['z@2'],
      problem: 'unsatisfiable',
    },
  ),
  scenario(
    'sync-follows-parent',
    'A sync moves whatever must move so that the child is as its parent, and nothing else',
    {
      published: [
        'inc@1 incorporate os@1, hold inc',
        'inc@2 incorporate os@2, hold inc',
        'os@1 parent feature/package/dependency/self',
        'os@2 parent feature/package/dependency/self',
        'x@1',
        'x@2',
      ],
      installed: ['inc@1', 'os@1', 'x@1'],
      parent: ['os@2'],
      request: 'sync',
      plan: ['~ inc@1 -> inc@2', '~ os@1 -> os@2'],
    },
  ),
  scenario('sync-has-no-second-try', 'A sync that cannot follow the parent fails', {
    published: [
      'inc@1 incorporate os@1, hold inc',
      'inc@2 incorporate os@2, hold inc',
      'os@1 parent feature/package/dependency/self',
      'x@1',
    ],
    installed: ['inc@1', 'os@1'],
    parent: ['os@2'],
    request: 'sync',
    problem: 'unsatisfiable',
  }),
  scenario('sync-in-step', 'A sync of a child that is in step does nothing', {
    published: [
      'inc@1 incorporate os@1, hold inc',
      'inc@2 incorporate os@2, hold inc',
      'os@1 parent feature/package/dependency/self',
      'os@2 parent feature/package/dependency/self',
      'x@1',
      'x@2',
    ],
    installed: ['inc@1', 'os@1', 'x@1'],
    parent: ['os@1'],
    request: 'sync',
    plan: [],
  }),
  scenario('exact-install-follows-the-parent', 'An exact-install lets no installed package past the parent', {
    published: ['os@1 parent feature/package/dependency/self', 'tool@1 require os'],
    installed: ['os@1'],
    parent: ['os@2'],
    request: 'exact-install tool',
    problem: 'unsatisfiable',
  }),
]
