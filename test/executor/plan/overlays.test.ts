import { describe } from 'vitest'
import { file, p, testPlans } from '../../support/plan-cases.ts'

const under = file('etc/c', 'preserve=true overlay=allow')
const over = 'file content=over path=etc/c preserve=true overlay=true'

describe('overlays', () => {
  testPlans([
    {
      name: 'an overlay replaces the overlaid file',
      changes: [[undefined, p('top@1', [over])]],
      kept: [p('base@1', [under])],
      plan: ['+ file etc/c'],
    },
    {
      name: 'both at once deliver only the overlay',
      changes: [
        [undefined, p('base@1', [under])],
        [undefined, p('top@1', [over])],
      ],
      plan: ['+ file etc/c'],
    },
    {
      name: 'the overlaid file is neither updated nor removed',
      changes: [
        [p('base@1', [under]), p('base@2', [file('etc/c', 'preserve=true overlay=allow mode=0600')])],
      ],
      kept: [p('top@1', [over])],
      plan: [],
    },
    {
      name: 'removing the overlaid package leaves the overlay',
      changes: [[p('base@1', [under]), undefined]],
      kept: [p('top@1', [over])],
      plan: [],
    },
    {
      name: 'removing the overlay leaves the content',
      changes: [[p('top@1', [over]), undefined]],
      kept: [p('base@1', [under])],
      plan: [],
    },
    {
      name: 'removing both removes the file once',
      changes: [
        [p('top@1', [over]), undefined],
        [p('base@1', [under]), undefined],
      ],
      plan: ['- file etc/c', '- dir etc'],
    },
    {
      name: 'overlay=allow needs preserve',
      changes: [[undefined, p('top@1', [over])]],
      kept: [p('base@1', [file('etc/c', 'overlay=allow')])],
      conflicts: ['duplicate etc/c 2'],
    },
    {
      name: 'three cannot share a path',
      changes: [[undefined, p('top2@1', [over])]],
      kept: [p('base@1', [under]), p('top@1', [over])],
      conflicts: ['duplicate etc/c 3'],
    },
    {
      name: 'attributes may differ',
      changes: [[undefined, p('top@1', [`${over} mode=0600 owner=bin`])]],
      kept: [p('base@1', [under])],
      plan: ['+ file etc/c'],
    },
    {
      name: 'attributes may not differ with overlay-attributes=deny',
      changes: [[undefined, p('top@1', [`${over} mode=0600 overlay-attributes=deny`])]],
      kept: [p('base@1', [under])],
      conflicts: ['inconsistent-attribute etc/c 2'],
    },
  ])
})
