import { isMainThread } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { attackHeldBy, attackRange } from '../support/attack-world.ts'
import { attacks } from '../support/attacks.ts'

if (!isMainThread) process.stderr.write('skipped: threads have no working directory of their own\n')
const range = attackRange()
beforeAll(() => attackHeldBy('working directory'))
afterAll(() => range.remove())

/** Those that swap directories while a command works, as on systems that cannot reach into an open directory. */
const swaps = attacks(60).filter(({ name }) => /^(race|recovery)/.test(name))

it.runIf(isMainThread).each(swaps.map((attack) => [attack.name, attack] as const))(
  '%s',
  async (_, attack) => {
    const start = process.cwd()
    const escaped = await range.attack(attack.kind, async (world) => void (await attack.run(world)))
    expect(escaped).toBeUndefined()
    expect(process.cwd()).toBe(start)
  },
)
