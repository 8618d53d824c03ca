// Tries to make pkg6 write outside the image: hostile packages, payloads, journals, names and what somebody plants in the
// image before or while a command works. A canary tree beside the image is compared after each. Exits 1 on an escape.
// Usage: npm run attacks -- [--only TEXT] [--every N] [--hold HOW] [--verbose]     ends with `N attacks, N escapes`
//   --hold HOW how directories are held: descriptor, 'working directory' or name (races escape then); the best of this system
//   --every N  of the attacks at the n-th call of an operation only every N-th (3)
import { parseArgs } from 'node:util'
import { attackHeldBy, attackRange } from '../test/support/attack-world.ts'
import { attacks } from '../test/support/attacks.ts'
import { wholeNumber } from './whole-number.ts'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      every: { type: 'string', default: '3' },
      hold: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  })
  const { only, hold, verbose } = values
  const every = wholeNumber('--every', values.every, 1)
  if (hold === 'descriptor' || hold === 'working directory' || hold === 'name') attackHeldBy(hold)
  else if (hold !== undefined) throw new RangeError('--hold takes descriptor, working directory or name')
  const range = attackRange()
  const groups = new Map<string, number>()
  let escapes = 0
  let tried = 0
  try {
    for (const attack of attacks(every)) {
      if (!attack.name.includes(only)) continue
      let answer = ''
      const escaped = await range.attack(attack.kind, async (world) => {
        answer = await attack.run(world)
      })
      if (answer === 'over before' || answer === 'not allowed here') continue
      tried += 1
      const group = attack.name.split(':')[0] ?? ''
      groups.set(group, (groups.get(group) ?? 0) + 1)
      const unexpected = attack.answers !== undefined && !attack.answers.includes(answer)
      if (verbose) process.stdout.write(`${attack.name}: ${answer}\n`)
      if (escaped === undefined && !unexpected) continue
      escapes += 1
      process.stdout.write(`ESCAPE ${attack.name}: ${answer}\n${escaped ?? 'it was not refused'}\n`)
    }
  } finally {
    range.remove()
  }
  for (const [group, count] of groups) process.stdout.write(`  ${count} ${group}\n`)
  process.stdout.write(`${tried} attacks, ${escapes} escapes\n`)
  process.exitCode = escapes === 0 ? 0 : 1
}

await main()
