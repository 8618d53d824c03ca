import { afterAll, expect, it } from 'vitest'
import { attackRange } from '../support/attack-world.ts'
import { attacks } from '../support/attacks.ts'
import { sampled } from '../support/sampling.ts'

const range = attackRange()
afterAll(() => range.remove())

const all = attacks(200)
/** A share of the large groups, all of the others; `npm run attacks` tries them all, at many more calls. */
const table = all.filter(
  ({ name }, index) =>
    index % sampled(21, 7) === 0 ||
    !/^(planted|fifo|socket|device|endless|redirect|catalog|journal: byte|delivered: (file|dir|link|hard|moved|manifest|payload packed))/.test(
      name,
    ),
)

it('has many attacks, each with a name of its own', () => {
  expect(all.length).toBeGreaterThan(400)
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
})

it.each(table.map((attack) => [attack.name, attack] as const))('%s', async (_, attack) => {
  let answer = ''
  const escaped = await range.attack(attack.kind, async (world) => {
    answer = await attack.run(world)
  })
  expect(escaped).toBeUndefined()
  if (attack.answers !== undefined) expect(attack.answers).toContain(answer)
})
