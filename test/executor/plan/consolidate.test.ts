import { describe } from 'vitest'
import { createImageFilter } from '#model'
import { file, p, testPlans } from '../../support/plan-cases.ts'

describe('consolidation', () => {
  testPlans([
    {
      name: 'an unchanged action is not in the plan',
      changes: [[p('a@1', [file('f'), 'dir path=d']), p('a@2', [file('f'), 'dir path=d mode=755'])]],
      plan: ['~ dir d'],
    },
    {
      name: 'a file that goes from one package to another unchanged is not touched',
      changes: [
        [p('a@1', [file('f')]), undefined],
        [undefined, p('b@1', [file('f')])],
      ],
      plan: [],
    },
    {
      name: 'a file that goes to another package with other content is an update',
      changes: [
        [p('a@1', ['file content=1 path=f']), undefined],
        [undefined, p('b@1', ['file content=2 path=f'])],
      ],
      plan: ['~ file f'],
    },
    {
      name: 'original_name finds a removed file by package and path',
      changes: [
        [p('a@1', [file('etc/old')]), undefined],
        [undefined, p('b@1', [file('etc/new', 'original_name=a:etc/old')])],
      ],
      plan: ['~ file etc/new (from etc/old)'],
    },
    {
      name: 'original_name finds a removed file by its own original_name',
      changes: [
        [
          p('a@1', [file('etc/old', 'original_name=z:etc/first')]),
          p('a@2', [file('etc/new', 'original_name=z:etc/first')]),
        ],
      ],
      plan: ['~ file etc/new (from etc/old)'],
    },
    {
      name: 'original_name of a file that stays is nothing',
      changes: [[undefined, p('b@1', [file('etc/new', 'original_name=a:etc/old')])]],
      kept: [p('a@1', [file('etc/old')])],
      plan: ['+ file etc/new'],
    },
    {
      name: 'a directory stays while another package delivers it or needs it',
      changes: [[p('a@1', ['dir path=x', 'dir path=y', 'dir path=z', file('w/f')]), undefined]],
      kept: [p('b@1', ['dir path=x', file('y/deep/f'), file('w/g')])],
      plan: ['- file w/f', '- dir z'],
    },
    {
      name: 'parents that only removed paths implied go too',
      changes: [[p('a@1', [file('i/j/k/f')]), undefined]],
      plan: ['- file i/j/k/f', '- dir i/j/k', '- dir i/j', '- dir i'],
    },
    {
      name: 'the metadata folder and its parents never go',
      changes: [[p('a@1', ['dir path=var', 'dir path=var/pkg', file('var/x/f')]), undefined]],
      plan: ['- file var/x/f', '- dir var/x'],
    },
    {
      name: 'a link stays while another package delivers it',
      changes: [[p('a@1', ['link path=l target=t', 'hardlink path=h target=t']), undefined]],
      kept: [p('b@1', ['link path=l target=t', 'hardlink path=h target=t'])],
      plan: [],
    },
    {
      name: 'two packages that drop the same link remove it once',
      changes: [
        [p('a@1', ['link path=l target=t']), undefined],
        [p('b@1', ['link path=l target=t']), undefined],
      ],
      plan: ['- link l'],
    },
    {
      name: 'legacy stays while another package delivers it, licences belong to each package',
      changes: [[p('a@1', ['legacy pkg=X', 'license content=l license=L']), undefined]],
      kept: [p('b@1', ['legacy pkg=X', 'license content=l license=L'])],
      plan: ['- license L'],
    },
    {
      name: 'hard links of an updated file are refreshed, in packages that stay too',
      changes: [
        [
          p('a@1', ['file content=1 path=d/f', 'hardlink path=d/h target=f']),
          p('a@2', ['file content=2 path=d/f', 'hardlink path=d/h target=f']),
        ],
      ],
      kept: [
        p('b@1', [
          'hardlink path=e/h target=../d/f',
          'hardlink path=e/i target=/d/f',
          'hardlink path=e/j target=x',
          file('e/x'),
        ]),
      ],
      plan: ['~ file d/f', '~ hardlink d/h', '~ hardlink e/h', '~ hardlink e/i'],
    },
    {
      name: 'a mediated hard link that is not chosen is not refreshed with its target',
      changes: [
        [
          undefined,
          p('a@1', ['file content=1 path=p1', 'hardlink mediator=m mediator-version=1 path=doc target=p1']),
        ],
      ],
      kept: [
        p('b@1', ['file content=2 path=p2', 'hardlink mediator=m mediator-version=2 path=doc target=p2']),
      ],
      plan: ['+ file p1'],
    },
    {
      name: 'hard links to hard links are refreshed after them, also in a circle',
      changes: [
        [
          p('a@1', [
            'file content=1 path=f',
            'hardlink path=z target=f',
            'hardlink path=a target=z',
            'hardlink path=o target=o2',
            'hardlink path=o2 target=o',
          ]),
          p('a@2', [
            'file content=2 path=f',
            'hardlink path=z target=f',
            'hardlink path=a target=z',
            'hardlink path=o target=f',
            'hardlink path=o2 target=o',
          ]),
        ],
      ],
      plan: ['~ file f', '~ hardlink o', '~ hardlink z', '~ hardlink a', '~ hardlink o2'],
    },
    {
      name: 'an action that facets or variants leave out is removed',
      changes: [
        [
          p('a@1', [file('doc', 'facet.doc=true'), file('x86', 'variant.arch=i386')]),
          p('a@1', [file('doc', 'facet.doc=true'), file('x86', 'variant.arch=i386')]),
        ],
      ],
      options: {
        oldFilter: createImageFilter(new Map([['variant.arch', 'i386']]), []),
        newFilter: createImageFilter(new Map([['variant.arch', 'sparc']]), [
          { name: 'facet.doc', value: false, source: 'local' },
        ]),
      },
      plan: ['- file x86', '- file doc'],
    },
  ])
})
