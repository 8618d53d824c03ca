import { scenario } from '../../support/short-scenario.ts'

/** Members of groups: who brings them, who keeps them out, who avoids them. */
export const groups = [
  scenario(
    'broken-group-member-does-not-block',
    'A group member that cannot come any more does not block an unrelated install',
    {
      published: ['suite@1 group vi', 'vi@1 require gone', 'other@1'],
      installed: ['suite@1'],
      request: ['other'],
      plan: ['+ other@1'],
    },
  ),
  scenario('group-member-comes-back', 'A missing group member that can come does come', {
    published: ['suite@1 group vi', 'vi@1', 'other@1'],
    installed: ['suite@1'],
    request: ['other'],
    plan: ['+ other@1', '+ vi@1'],
  }),
  scenario(
    'uninstall-brings-alternative-and-avoids',
    'Uninstalling a group member that is one of two alternatives',
    {
      published: ['suite@1 group vi', 'shell@1 require-any vi ed', 'vi@1', 'ed@1'],
      installed: ['shell@1', 'suite@1', 'vi@1'],
      request: 'uninstall vi',
      plan: ['+ ed@1', '- vi@1'],
      avoidAfter: ['vi'],
    },
  ),
  scenario(
    'only-rejected-members-are-avoided',
    'A group member that is missing for another reason is not avoided',
    {
      published: ['g@1 group m, group n', 'm@1 require gone', 'n@1'],
      installed: ['g@1', 'n@1'],
      request: 'uninstall n',
      plan: ['- n@1'],
      avoidAfter: ['n'],
    },
  ),
  scenario(
    'group-any-with-obsolete-members-only',
    'Obsolete members satisfy a group-any where every member has one',
    {
      published: ['g@1 group-any a b', 'a@1 obsolete', 'b@1 obsolete'],
      request: ['g'],
      plan: ['+ g@1'],
    },
  ),
  scenario(
    'exact-install-ignores-avoids',
    'An exact-install brings an avoided group member, and its avoid list is empty',
    {
      published: ['g@1 group m', 'm@1', 'n@1'],
      avoid: ['m', 'n'],
      request: 'exact-install g',
      plan: ['+ g@1', '+ m@1'],
      avoidAfter: [],
    },
  ),
  scenario('group-member-frozen-out', 'A group member that a freeze keeps out is missed', {
    published: ['g@1 group m', 'm@2'],
    frozen: ['m@1'],
    request: ['g'],
    problem: 'unsatisfiable',
  }),
  scenario('group-member-held-out', 'A group member that a held incorporation keeps out is missed', {
    published: ['g@1 group m', 'inc@1 incorporate m@1', 'm@2'],
    installed: ['inc@1'],
    request: ['g'],
    problem: 'unsatisfiable',
  }),
  scenario(
    'group-member-of-a-lower-publisher',
    'A group member that the best publisher has only for another variant is skipped',
    {
      publishers: ['one', 'two'],
      published: ['pkg://one/g@1 group m', 'pkg://one/m@1 variant.arch=sparc', 'pkg://two/m@1'],
      variants: { 'variant.arch': 'i386' },
      request: ['g'],
      plan: ['+ g@1'],
    },
  ),
  scenario('group-member-with-origin', 'A group member that may not come over what is installed is skipped', {
    published: ['g@1 group m', 'm@1 origin x@2', 'x@1'],
    installed: ['x@1'],
    request: ['g'],
    plan: ['+ g@1'],
  }),
  scenario('group-member-the-parent-lacks', 'A group member that the parent lacks is skipped', {
    published: ['g@1 group m', 'm@1 parent feature/package/dependency/self'],
    parent: ['g@1'],
    request: ['g'],
    plan: ['+ g@1'],
  }),
  scenario('group-member-for-explicit-install', 'A group member for explicit installation is skipped', {
    published: ['g@1 group m', 'm@1 explicit'],
    request: ['g'],
    plan: ['+ g@1'],
  }),
  scenario('group-member-unsupported', 'A group member with a dependency of unknown type is skipped', {
    published: ['g@1 group m', 'm@1 strange x'],
    request: ['g'],
    plan: ['+ g@1'],
  }),
  scenario(
    'obsolete-package-groups-nothing',
    'An obsolete version groups nothing, so nothing of it is avoided',
    {
      published: ['g@1 group m, obsolete', 'm@1'],
      request: 'install g --reject m',
      plan: [],
      avoidAfter: [],
    },
  ),
  scenario(
    'update-all-brings-group-member',
    'An update of everything brings a missing group member that can come',
    {
      published: ['g@1 group m', 'm@1'],
      installed: ['g@1'],
      request: 'update',
      plan: ['+ m@1'],
    },
  ),
  scenario('present-group-member-is-not-given-up', 'A group whose member is there today is not given up', {
    published: [
      'g@1 group m, variant.arch=i386|sparc',
      'm@1 variant.arch=i386',
      'm@2 require gone, variant.arch=i386|sparc',
    ],
    installed: ['g@1', 'm@1'],
    variants: { 'variant.arch': 'i386' },
    request: 'change-variant variant.arch=sparc',
    problem: 'unsatisfiable',
  }),
  scenario('moved-carrier-needs-its-group', 'A group of a package that moves is not given up', {
    published: ['g@1 group m', 'g@2 group m', 'm@1 require gone'],
    installed: ['g@1'],
    request: ['g@2'],
    problem: 'unsatisfiable',
  }),
  scenario('uninstall-group-and-member', 'What goes together with its group is not avoided', {
    published: ['g@1 group m', 'm@1'],
    installed: ['g@1', 'm@1'],
    request: 'uninstall g m',
    plan: ['- g@1', '- m@1'],
    avoidAfter: [],
  }),
  scenario(
    'avoided-member-named-beside-its-group',
    'A named member is not avoided while its group is solved',
    {
      published: ['meta@1 group-any lib tool', 'lib@1', 'tool@1'],
      avoid: ['lib'],
      request: ['lib', 'meta'],
      plan: ['+ lib@1', '+ meta@1'],
      avoidAfter: [],
    },
  ),
]
