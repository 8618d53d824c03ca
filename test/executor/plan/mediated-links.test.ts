import { describe } from 'vitest'
import { file, mediated, p, testPlans } from '../../support/plan-cases.ts'

describe('mediated links', () => {
  testPlans([
    {
      name: 'only the highest version is delivered',
      changes: [
        [undefined, p('a@1', [mediated('py2', '2'), mediated('py3', '3.10'), mediated('py39', '3.9')])],
      ],
      plan: ['+ link bin/py'],
    },
    {
      name: 'a better one replaces that of a package that stays, without a gap',
      changes: [[undefined, p('b@1', [mediated('py3', '3')])]],
      kept: [p('a@1', [mediated('py2', '2')])],
      plan: ['+ link bin/py'],
    },
    {
      name: 'a worse one is not delivered',
      changes: [[undefined, p('b@1', [mediated('py1', '1'), file('f')])]],
      kept: [p('a@1', [mediated('py2', '2')])],
      plan: ['+ file f'],
    },
    {
      name: 'when the chosen one goes, that of a package that stays comes',
      changes: [[p('b@1', [mediated('py3', '3')]), undefined]],
      kept: [p('a@1', [mediated('py2', '2')])],
      plan: ['+ link bin/py'],
    },
    {
      name: 'the administrator decides',
      changes: [[undefined, p('b@1', [mediated('py3', '3'), mediated('py2', '2')])]],
      options: { mediators: [{ mediator: 'py', version: '2', implementation: undefined }] },
      plan: ['+ link bin/py'],
    },
    {
      name: 'nothing is delivered where nothing fits the administrator',
      changes: [[undefined, p('b@1', [mediated('py3', '3')])]],
      options: { mediators: [{ mediator: 'py', version: '4', implementation: undefined }] },
      plan: [],
    },
    {
      name: 'another setting moves links of packages that stay',
      changes: [],
      kept: [p('a@1', [mediated('py2', '2'), mediated('py3', '3')])],
      options: { oldMediators: [], mediators: [{ mediator: 'py', version: '2', implementation: undefined }] },
      plan: ['+ link bin/py'],
    },
    {
      name: 'a chosen link stays while another package delivers the same mediation',
      changes: [[p('b@1', [mediated('py3', '3')]), undefined]],
      kept: [p('a@1', [mediated('py3', '3')])],
      plan: [],
    },
    {
      name: 'priority goes before version',
      changes: [
        [undefined, p('b@1', [mediated('py3', '3'), mediated('py2', '2', 'mediator-priority=vendor')])],
      ],
      plan: ['+ link bin/py'],
    },
  ])
})
