import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { p } from '../../support/plan-cases.ts'
import { sampled } from '../../support/sampling.ts'
import { change, goodPlan, planOf, shortChanges } from '../../support/small-image.ts'

const paths = fc.constantFrom('a', 'b', 'a/x', 'a/y', 'b/x', 'b/y/z', 'c')
const lines = fc.oneof(
  fc.tuple(paths, fc.constantFrom('1', '2')).map(([path, text]) => `file content=${text} path=${path}/f`),
  paths.map((path) => `dir path=${path}`),
  paths.map((path) => `link path=${path}/l target=t`),
)
const manifest = fc.uniqueArray(lines, { maxLength: 6, selector: (line) => /path=([^ ]+)/.exec(line)?.[1] })

describe('laws', () => {
  it('the order of packages and of actions does not matter', () => {
    fc.assert(
      fc.property(manifest, manifest, manifest, (one, two, three) => {
        const changes = [change(p('a@1', one), p('a@2', two)), change(undefined, p('b@1', three))]
        const mirrored = [
          change(undefined, p('b@1', [...three].reverse())),
          change(p('a@1', [...one].reverse()), p('a@2', [...two].reverse())),
        ]
        const [left, right] = [planOf(changes), planOf(mirrored)]
        expect(left.ok).toBe(right.ok)
        if (left.ok && right.ok) expect(shortChanges(left.value)).toEqual(shortChanges(right.value))
      }),
      { numRuns: sampled(100, 300) },
    )
  })
  it('planning a package against itself changes nothing', () => {
    fc.assert(
      fc.property(manifest, (one) => {
        const same = p('a@1', one)
        expect([...goodPlan([change(same, same)]).changes]).toEqual([])
      }),
    )
  })
})
