import { join } from 'node:path'
import { loadBackend } from '#solver'
import { runRequests } from './requests.ts'

const root = process.env.PKG6_PROJECT_ROOT!
const sums = new Map<string, number[]>()
const runs = runRequests({
  data: join(root, '..', 'shared', 'data'),
  cache: join(root, 'build', 'bench-index'),
  repeat: Number(process.argv[2]),
  only: process.argv.slice(3),
  newBackend: await loadBackend('minisat-wasm'),
  trace: (round) => ({
    now: () => performance.now(),
    onPhase: (p, ms) => {
      const l = sums.get(p) ?? []
      l[round] = (l[round] ?? 0) + ms
      sums.set(p, l)
    },
    onSearched: () => {},
  }),
})
for await (const r of runs) {
  const med = (l: number[]) => [...l].sort((a, b) => a - b)[l.length >> 1]!
  console.log(
    r.id,
    'first',
    r.milliseconds[0]!.toFixed(1),
    'median',
    med([...r.milliseconds]).toFixed(1),
    [...sums].map(([p, l]) => `${p} ${l[0]!.toFixed(1)}/${med(l).toFixed(2)}`).join('  '),
  )
  sums.clear()
}
