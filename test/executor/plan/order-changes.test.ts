import { describe } from 'vitest'
import { file, p, testPlans } from '../../support/plan-cases.ts'

describe('order', () => {
  testPlans([
    {
      name: 'removals come last first, then installs, then updates, over all packages',
      changes: [
        [p('gone@1', [file('a/b/c'), 'link path=a/l target=c', 'license content=x license=L']), undefined],
        [
          undefined,
          p('new@1', [
            'group groupname=g gid=5',
            'group groupname=h',
            'user username=u uid=3 group=g',
            'link path=n/l target=x',
            file('n/f'),
            'dir path=n',
          ]),
        ],
        [p('up@1', ['file content=1 path=u/f']), p('up@2', ['file content=2 path=u/f'])],
      ],
      plan: [
        '- license L',
        '- link a/l',
        '- file a/b/c',
        '- dir a/b',
        '- dir a',
        '+ group g',
        '+ group h',
        '+ user u',
        '+ dir n',
        '+ file n/f',
        '+ link n/l',
        '~ file u/f',
      ],
    },
    {
      name: 'a hard link follows the hard link it points to',
      changes: [[undefined, p('h@1', ['hardlink path=a target=b', 'hardlink path=b target=c', file('c')])]],
      plan: ['+ file c', '+ hardlink b', '+ hardlink a'],
    },
    {
      name: 'hard links in a circle come last',
      changes: [
        [
          undefined,
          p('h@1', [
            'hardlink path=a target=b',
            'hardlink path=b target=a',
            'hardlink path=z target=f',
            file('f'),
          ]),
        ],
      ],
      plan: ['+ file f', '+ hardlink z', '+ hardlink a', '+ hardlink b'],
    },
  ])
})
