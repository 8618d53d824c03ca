import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BackendName, loadBackend, type Phase, phases } from '#solver'
import { type RequestRun, requestPaths, runRequests } from './requests.ts'
import { median, percentile } from './statistics.ts'

/** One solve in a process that did nothing else but load the index and the engine. */
interface FirstSolve {
  readonly id: string
  readonly milliseconds: number
  /** Time that the main thread had a processor, ms; undefined where the system does not tell. */
  readonly busy: number | undefined
  readonly phases: Readonly<Partial<Record<Phase, number>>>
}

/**
 * Times the first solve of fresh processes, as users meet it: code not compiled yet, memory not grown yet. The code cache
 * that the built commands come with is not used here.
 */
export function benchFirstSolves(data: string, only: readonly string[], repeat: number): void {
  console.log(`\n-- first solve of a fresh process, ${repeat} processes for each request`)
  const medians: number[] = []
  const busy: number[] = []
  for (const path of requestPaths(data, only)) {
    const id = basename(path, '.json')
    const runs = Array.from({ length: repeat }, () => runOnce(id, data))
    const times = runs.map(({ milliseconds }) => milliseconds)
    medians.push(median(times))
    const processor = runs.flatMap((run) => run.busy ?? [])
    if (processor.length > 0) busy.push(median(processor))
    const parts = phases.flatMap((phase) => {
      const spent = runs.flatMap((run) => run.phases[phase] ?? [])
      return spent.length === 0 ? [] : [`${phase} ${median(spent).toFixed(1)}`]
    })
    console.log(
      `${id.slice(0, 3)}  ${median(times).toFixed(1)} ms (least ${Math.min(...times).toFixed(1)}, processor ${median(processor).toFixed(1)})  ${parts.join('  ')}`,
    )
  }
  console.log(`first solves, medians: ${figures(medians)}`)
  if (busy.length > 0) console.log(`time on the processor, main thread: ${figures(busy)}`)
}

function figures(times: readonly number[]): string {
  const [middle, high, worst] = [median(times), percentile(times, 95), Math.max(...times)]
  return `median ${middle!.toFixed(1)} ms, p95 ${high!.toFixed(1)} ms, worst ${worst!.toFixed(1)} ms`
}

/** The running script once more, as a child: it was bundled already. */
function runOnce(id: string, data: string): FirstSolve {
  const script = fileURLToPath(import.meta.url)
  const run = spawnSync(process.execPath, [...process.execArgv, script, '--once', '--data', data, id], {
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`${id}: ${run.stderr}`)
  return JSON.parse(run.stdout)
}

/** The child: solves the request once and prints a `FirstSolve`. */
export async function solveOnce(run: Omit<RequestRun, 'newBackend'>, engine: BackendName): Promise<void> {
  const spent: Partial<Record<Phase, number>> = {}
  let started: number | undefined
  let busy: number | undefined
  const trace = () => ({
    now: () => busyTime() ?? performance.now(),
    onPhase: (phase: Phase, milliseconds: number) => {
      spent[phase] = milliseconds
    },
    onSearched: () => {},
  })
  const newBackend = await loadBackend(engine)
  const onStart = () => {
    started = busyTime()
  }
  const onEnd = () => {
    const ended = busyTime()
    if (started !== undefined && ended !== undefined) busy = ended - started
  }
  for await (const { id, milliseconds } of runRequests({ ...run, newBackend, trace, onStart, onEnd })) {
    console.log(JSON.stringify({ id, milliseconds: milliseconds[0], busy, phases: spent }))
  }
}

/** Milliseconds that this thread had a processor so far: on a machine that others use too it says more than a clock. */
function busyTime(): number | undefined {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return undefined
  }
}
