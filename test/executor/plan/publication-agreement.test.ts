import { expect, it } from 'vitest'
import { createImageFilter, manifestWarnings } from '#model'
import { file, p } from '../../support/plan-cases.ts'
import { change, planOf } from '../../support/small-image.ts'

const mediation = 'mediator=m mediator-version'
const lines = [
  file('x'),
  file('x', 'mode=0444'),
  file('x', 'preserve=true overlay=allow'),
  file('x', 'preserve=true overlay=allow overlay-attributes=deny mode=0400'),
  file('x', 'overlay=true'),
  file('x', 'variant.v=a'),
  file('x', 'variant.v=b'),
  file('x/y'),
  'dir path=x mode=0755',
  'dir path=x mode=755',
  'dir path=x mode=0711',
  'link path=x target=a',
  'link path=x target=b',
  'hardlink path=x target=a',
  `link path=x target=a ${mediation}=1`,
  `link path=x target=b ${mediation}=1`,
  `link path=x target=b ${mediation}=2`,
  'link path=x target=b mediator=n mediator-version=1',
  'link path=x target=c variant.v=b',
  'user username=x group=g',
  'user username=x group=h',
]

/** Whether an image with some value of the variant refuses the package for conflicts of its own actions. */
function isRefused(content: readonly string[]): boolean {
  return ['a', 'b'].some((value) => {
    const newFilter = createImageFilter(new Map([['variant.v', value]]), [])
    const plan = planOf([change(undefined, p('a@1', content))], { newFilter })
    return !plan.ok && plan.error.code === 'ips::installer_error::action_conflict'
  })
}

it('publication warns of two actions if an image refuses a package with them', () => {
  let refused = 0
  for (const one of lines) {
    for (const other of lines) {
      const content = [one, other]
      const warnings = manifestWarnings(p('a@1', content).manifest.actions)
      const expected = isRefused(content)
      expect(warnings.length > 0, content.join('\n')).toBe(expected)
      if (expected) refused++
    }
  }
  expect(refused).toBeGreaterThan(100)
  expect(refused).toBeLessThan(lines.length ** 2 - 100)
})
