import { prove } from '../test/support/crash-proof.ts'
import { referenceOperations } from '../test/support/reference-operations.ts'

const only = process.argv[2]
for (const operation of referenceOperations) {
  if (only && !operation.name.includes(only)) continue
  const t = performance.now()
  const proof = await prove(operation, {
    seed: 1,
    random: 3,
    every: Number(process.argv[3] ?? 1),
    recoveryEvery: Number(process.argv[4] ?? 0),
  })
  console.log(
    operation.name,
    proof.writes,
    proof.points,
    proof.states,
    proof.sides,
    'torn',
    proof.torn.length,
    Math.round(performance.now() - t),
  )
  for (const torn of proof.torn.slice(0, Number(process.argv[5] ?? 3))) console.log(torn.slice(0, 1500))
}
