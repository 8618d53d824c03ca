import { scenario } from '../../support/short-scenario.ts'

/** What uninstalling, rejecting and exact-install bring about. */
export const operations = [
  scenario('conditional-chain', 'A consequent that is itself a predicate pulls the next', {
    published: ['a@1 conditional c if b', 'b@1', 'c@1 conditional d if a', 'd@1'],
    installed: ['a@1'],
    request: ['b'],
    plan: ['+ b@1', '+ c@1', '+ d@1'],
  }),
  scenario(
    'standstill-is-for-update-all',
    'A request that changes nothing is no error where a holding package could be newer',
    {
      published: ['app@1', 'os@1 hold os', 'os@2 require gone, hold os'],
      installed: ['app@1', 'os@1'],
      request: ['app'],
      plan: [],
    },
  ),
  scenario('avoided-holder-at-a-standstill', 'An avoided package with an install-hold is to be newer, too', {
    published: ['app@1 require os', 'os@1 hold os', 'os@2 require gone, hold os'],
    installed: ['app@1', 'os@1'],
    avoid: ['os'],
    request: 'update',
    problem: 'overconstrained',
  }),
  scenario(
    'avoided-is-updated',
    'An update of everything brings an avoided package that stays to its newest',
    {
      published: ['app@1 require lib', 'lib@1', 'lib@2'],
      installed: ['app@1', 'lib@1'],
      avoid: ['lib'],
      request: 'update',
      plan: ['~ lib@1 -> lib@2'],
      avoidAfter: ['lib'],
    },
  ),
  scenario('avoided-is-updated-for-a-dependent', 'An avoided package moves with what needs it', {
    published: ['app@1 require lib@1', 'app@2 require lib@2', 'lib@1', 'lib@2', 'lib@3 require gone'],
    installed: ['app@1', 'lib@1'],
    avoid: ['lib'],
    request: 'update',
    plan: ['~ app@1 -> app@2', '~ lib@1 -> lib@2'],
    avoidAfter: ['lib'],
  }),
  scenario('avoided-incorporation-is-updated', 'An avoided incorporation decides over what it incorporates', {
    published: [
      'app@1 require inc',
      'inc@1 incorporate lib@1',
      'inc@2 incorporate lib@2',
      'lib@1',
      'lib@2',
      'lib@3',
    ],
    installed: ['app@1', 'inc@1', 'lib@1'],
    avoid: ['inc'],
    request: 'update',
    plan: ['~ inc@1 -> inc@2', '~ lib@1 -> lib@2'],
    avoidAfter: ['inc'],
  }),
  scenario('actuator-updates', 'What is uninstalled may bring another package to a version', {
    published: ['a@1 updates b@2', 'b@1', 'b@2', 'b@3'],
    installed: ['a@1', 'b@1'],
    request: 'uninstall a',
    plan: ['- a@1', '~ b@1 -> b@2'],
  }),
  scenario('actuator-goes-down', 'What is uninstalled may bring another package down', {
    published: ['a@1 updates b@1', 'b@1', 'b@2'],
    installed: ['a@1', 'b@2'],
    request: 'uninstall a',
    plan: ['- a@1', '~ b@2 -> b@1'],
  }),
  scenario('actuator-uninstalls', 'What is uninstalled may take others along, and those others in turn', {
    published: ['a@1 uninstalls b', 'b@1 uninstalls c', 'c@1', 'd@1'],
    installed: ['a@1', 'b@1', 'c@1', 'd@1'],
    request: 'uninstall a',
    plan: ['- a@1', '- b@1', '- c@1'],
  }),
  scenario(
    'actuator-uninstalls-a-version',
    'An actuator that removes another version than the installed does nothing',
    {
      published: ['a@1 uninstalls b@1 c@1', 'b@1', 'b@2', 'c@1'],
      installed: ['a@1', 'b@2', 'c@1'],
      request: 'uninstall a',
      plan: ['- a@1', '- c@1'],
    },
  ),
  scenario('actuator-of-what-is-not-there', 'An actuator brings nothing in', {
    published: ['a@1 updates b@1', 'b@1'],
    installed: ['a@1'],
    request: 'uninstall a',
    plan: ['- a@1'],
  }),
  scenario(
    'actuator-lets-a-dependent-go',
    "A dependent that an actuator brings to a version without the dependency is in nobody's way",
    {
      published: ['a@1 updates b@2', 'b@1 require a', 'b@2'],
      installed: ['a@1', 'b@1'],
      request: 'uninstall a',
      plan: ['- a@1', '~ b@1 -> b@2'],
    },
  ),
  scenario('actuator-keeps-a-dependent', 'A dependent that stays one after the actuator is in the way', {
    published: ['a@1 updates b@2', 'b@1 require a', 'b@2 require a'],
    installed: ['a@1', 'b@1'],
    request: 'uninstall a',
    problem: 'has-dependents',
  }),
  scenario('actuator-of-a-rejected-package', 'A rejected package has its actuators too', {
    published: ['a@1 updates b@2', 'b@1', 'b@2', 'c@1'],
    installed: ['a@1', 'b@1'],
    request: 'install c --reject a',
    plan: ['+ c@1', '- a@1', '~ b@1 -> b@2'],
  }),
  scenario('actuator-of-a-package-that-stays', 'The actuators of a package that is updated do nothing', {
    published: ['a@1 uninstalls b', 'a@2', 'b@1'],
    installed: ['a@1', 'b@1'],
    request: ['a'],
    plan: ['~ a@1 -> a@2'],
  }),
  scenario('actuator-names-another-version', 'An actuator never means the installed version', {
    published: [
      'kernel@1-0.1',
      'kernel@1-0.1.1 require fix',
      'fix@1-0.1.1 updates kernel@1-0.1, incorporate kernel@1-0.1.1',
    ],
    installed: ['fix@1-0.1.1', 'kernel@1-0.1.1'],
    request: 'uninstall fix',
    plan: ['- fix@1-0.1.1', '~ kernel@1-0.1.1 -> kernel@1-0.1'],
  }),
  scenario('actuator-of-a-rejected-fix', 'A rejected interim fix takes what it fixed down', {
    published: [
      'kernel@1-0.1',
      'kernel@1-0.1.1 require fix',
      'fix@1-0.1.1 updates kernel@1-0.1, incorporate kernel@1-0.1.1',
      'other@1',
    ],
    installed: ['fix@1-0.1.1', 'kernel@1-0.1.1'],
    request: 'install other --reject fix',
    plan: ['+ other@1', '- fix@1-0.1.1', '~ kernel@1-0.1.1 -> kernel@1-0.1'],
  }),
  scenario(
    'actuator-beside-a-named-package',
    'An actuator may take a package down that the request names, too',
    {
      published: [
        'kernel@1-0.1',
        'kernel@1-0.1.1 require fix',
        'fix@1-0.1.1 updates kernel@1-0.1, incorporate kernel@1-0.1.1',
      ],
      installed: ['fix@1-0.1.1', 'kernel@1-0.1.1'],
      request: 'install kernel --reject fix',
      plan: ['- fix@1-0.1.1', '~ kernel@1-0.1.1 -> kernel@1-0.1'],
    },
  ),
  scenario('actuator-prefers-the-newest', 'An actuator means the newest of the versions that match', {
    published: ['a@1 updates b@1', 'b@1.0', 'b@1.1', 'b@1.2', 'b@2'],
    installed: ['a@1', 'b@2'],
    request: 'uninstall a',
    plan: ['- a@1', '~ b@2 -> b@1.2'],
  }),
  scenario(
    'actuator-of-the-installed-version',
    'An actuator that only matches what is installed does nothing',
    {
      published: ['a@1 updates b@2', 'b@1', 'b@2', 'c@1'],
      installed: ['a@1', 'b@2'],
      request: 'uninstall a',
      plan: ['- a@1'],
    },
  ),
  scenario('self-reference', 'A package that requires itself can be installed', {
    published: ['a@1 require a@1', 'a@2 require a@3'],
    request: ['a'],
    plan: ['+ a@1'],
  }),
  scenario('exact-install-has-no-actuators', 'An exact-install asks no actuators of what it rejects', {
    published: ['a@1 uninstalls b, updates d@1', 'b@1', 'c@1 require b', 'd@1'],
    installed: ['a@1', 'b@1', 'd@1'],
    request: 'exact-install c --reject a',
    plan: ['+ c@1', '- a@1', '- d@1'],
  }),
]
