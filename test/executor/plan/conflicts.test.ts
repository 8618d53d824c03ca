import { describe } from 'vitest'
import { file, mediated, p, testPlans } from '../../support/plan-cases.ts'

describe('conflicts', () => {
  testPlans([
    {
      name: 'two packages with one file',
      changes: [
        [undefined, p('a@1', [file('f')])],
        [undefined, p('b@1', [file('f')])],
      ],
      conflicts: ['duplicate f 2'],
    },
    {
      name: 'a file that a package that stays has',
      changes: [[undefined, p('a@1', [file('f')])]],
      kept: [p('b@1', [file('f')]), p('c@1', [file('g')])],
      conflicts: ['duplicate f 2'],
    },
    {
      name: 'one package with a file and a link at one path',
      changes: [[undefined, p('a@1', [file('f'), 'link path=f target=x'])]],
      conflicts: ['inconsistent-type f 2'],
    },
    {
      name: 'a link where another package needs a directory',
      changes: [[undefined, p('a@1', ['link path=usr target=x'])]],
      kept: [p('b@1', [file('usr/bin/f')])],
      conflicts: ['inconsistent-type usr 2'],
    },
    {
      name: 'all conflicts are told together',
      changes: [
        [
          undefined,
          p('a@1', [file('f'), 'dir path=d mode=0700', 'link path=l target=a', 'user username=u group=g']),
        ],
        [
          undefined,
          p('b@1', [file('f'), 'dir path=d mode=0755', 'link path=l target=b', 'user username=u group=h']),
        ],
      ],
      conflicts: [
        'inconsistent-attribute d 2',
        'duplicate f 2',
        'inconsistent-attribute l 2',
        'duplicate u 2',
      ],
    },
    {
      name: 'directories that agree but for zeros of the mode',
      changes: [
        [undefined, p('a@1', ['dir path=d mode=755'])],
        [undefined, p('b@1', ['dir path=d mode=0755'])],
      ],
      plan: ['+ dir d', '+ dir d'],
    },
    {
      name: 'an implied directory never conflicts with a delivered one',
      changes: [[undefined, p('a@1', ['dir path=d mode=0700'])]],
      kept: [p('b@1', [file('d/f')])],
      plan: ['+ dir d'],
    },
    {
      name: 'links of one mediator may share a path, of two mediators not',
      changes: [
        [undefined, p('a@1', [mediated('a', '1')])],
        [undefined, p('b@1', [mediated('b', '2').replace('mediator=py', 'mediator=other')])],
      ],
      conflicts: ['inconsistent-attribute bin/py 2'],
    },
    {
      name: 'a conflict that was there before is tolerated',
      changes: [[p('a@1', [file('f'), file('g')]), p('a@1', [file('f')])]],
      kept: [p('b@1', [file('f')])],
      plan: ['- file g'],
    },
    {
      name: 'as many types as before are tolerated when the packages are the same',
      changes: [[p('a@1', [file('f')]), p('a@1', ['file content=other path=f'])]],
      kept: [p('b@1', ['link path=f target=x'])],
      plan: ['~ file f'],
    },
    {
      name: 'when a conflict goes away, what is left is put right',
      changes: [[p('a@1', [file('f')]), undefined]],
      kept: [p('b@1', ['file content=b path=f'])],
      plan: ['+ file f'],
    },
    {
      name: 'when a type goes away, what is left is put right',
      changes: [[p('a@1', ['link path=f target=x']), undefined]],
      kept: [p('b@1', ['file content=b path=f'])],
      plan: ['- link f', '+ file f'],
    },
    {
      name: 'two links that become one file are removed',
      changes: [
        [p('a@1', ['link path=f target=x']), p('a@2', [file('f', 'preserve=legacy')])],
        [p('b@1', ['link path=f target=x']), undefined],
      ],
      plan: ['- link f', '+ file f'],
    },
    {
      name: 'with two deliverers left nothing is removed',
      changes: [[p('a@1', [file('f')]), undefined]],
      kept: [p('b@1', [file('f')]), p('c@1', [file('f')])],
      plan: [],
    },
  ])
})
