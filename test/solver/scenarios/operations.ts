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
  scenario('avoided-holder-at-a-standstill', 'An avoided package with an install-hold need not be newer', {
    published: ['app@1 require os', 'os@1 hold os', 'os@2 require gone, hold os'],
    installed: ['app@1', 'os@1'],
    avoid: ['os'],
    request: 'update',
    plan: [],
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
