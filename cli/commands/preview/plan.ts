import { resolve } from 'node:path'
import type { Result } from '#model'
import type { Formula } from '#solver'
import type { CommandContext } from '../../command.ts'
import { Exit, exitCode } from '../../exit-codes.ts'
import { cacheFolder } from '../../io/user-cache.ts'
import { jsonText } from '../../output.ts'
import { loadSatBackend } from '../../platform/sat-backend.ts'
import type { CliProblem } from '../../problems.ts'
import { readPlanCatalog, withInstalled } from './plan-catalog.ts'
import { readRequestFile } from './request-file.ts'
import { solveRequest } from './solve-request.ts'

/**
 * `plan`: previews a request on a recorded image. Nothing is written but the files that options
 * name and the index of the catalogs in the user's cache. Exit codes: 0 would
 * change something, 4 nothing to do, 1 and 9 no solution as `install` has them, 1 bad files, 2 usage.
 */
export async function run(context: CommandContext): Promise<number> {
  const { io, arguments: given } = context
  const fault = misuse(context)
  if (fault !== undefined) return context.misuse(fault)
  const path = (key: string): string | undefined => {
    const text = given.text(key)
    return text === undefined ? undefined : resolve(io.cwd, text)
  }
  const timer = startTimer()
  const file = await readRequestFile(given.text('request') ?? '', io.cwd)
  if (!file.ok) return await context.fail(file.error)
  timer.lap('request')
  const read = await readPlanCatalog({
    folders: given.list('catalog').map((folder) => resolve(io.cwd, folder)),
    index: path('index'),
    cache: cacheFolder(io.env, 'catalogs'),
  })
  if (!read.ok) return await context.fail(read.error)
  const { snapshot, request, before, unneeded } = file.value
  const catalog = withInstalled(
    read.value.catalog,
    snapshot.installed.map(({ fmri }) => fmri),
  )
  timer.lap('catalog')
  const newBackend = await loadSatBackend(given.text('satBackend') ?? context.globals.satBackend)
  timer.lap('engine')
  let formula: Formula | undefined
  const deadline = given.text('deadline')
  const solved = solveRequest({
    snapshot,
    catalog,
    request,
    before,
    unneeded,
    newBackend,
    deadline: deadline === undefined ? undefined : 1000 * Number(deadline),
    now: () => performance.now(),
    export: given.has('writeCnf') || given.has('writeCudf') ? (found) => (formula = found) : undefined,
  })
  const written = await writeExports(context, formula, path('writeCnf'), path('writeCudf'))
  if (!written.ok) return await context.fail(written.error)
  const { planJson, statistics } = await import('./plan-json.ts')
  const measures = {
    index: read.value.index,
    before: timer.laps,
    peakMemory: process.resourceUsage().maxRSS * 1024,
  }
  const { answer } = solved
  if (given.has('json')) {
    io.stdout(`${jsonText(planJson(solved, measures))}\n`)
    if (!answer.ok) return exitCode(answer.error)
  }
  if (!answer.ok) {
    const code = await context.fail(answer.error)
    if (given.has('stats')) io.stderr(await figures())
    return code
  }
  const { plan } = answer.value
  if (!given.has('json')) {
    const { solverPlanText } = await import('./solver-plan.ts')
    io.stdout(solverPlanText(plan))
    if (given.has('stats')) io.stdout(await figures())
  }
  return plan.add.length + plan.remove.length + plan.update.length === 0 ? Exit.nothingToDo : Exit.ok

  async function figures(): Promise<string> {
    const { figuresText } = await import('./solver-plan.ts')
    return figuresText(statistics(solved, measures))
  }
}

/** What is wrong with the words, if anything. */
function misuse({ arguments: given }: CommandContext): string | undefined {
  const [operand] = given.operands
  if (operand !== undefined) return `command does not take operands ('${operand}')`
  if (given.list('catalog').length === 0) return 'at least one --catalog is required'
  if (given.text('request') === undefined) return '--request is required'
  const deadline = given.text('deadline')
  if (deadline !== undefined && !(/^[0-9]+(\.[0-9]+)?$/.test(deadline) && Number(deadline) > 0))
    return `value '${deadline}' invalid: --deadline`
  return undefined
}

/** Measures the time between calls. */
function startTimer(): { readonly laps: ReadonlyMap<string, number>; lap(name: string): void } {
  const laps = new Map<string, number>()
  let last = performance.now()
  return {
    laps,
    lap(name) {
      const now = performance.now()
      laps.set(name, now - last)
      last = now
    },
  }
}

/** Writes the files that were asked for; says so where there is nothing to write, because no search was needed. */
async function writeExports(
  context: CommandContext,
  formula: Formula | undefined,
  cnf: string | undefined,
  cudf: string | undefined,
): Promise<Result<undefined, CliProblem>> {
  if (cnf === undefined && cudf === undefined) return { ok: true, value: undefined }
  if (formula === undefined) {
    context.complain('the answer needed no search; there is no problem to write')
    return { ok: true, value: undefined }
  }
  const { inPieces, writeWholeFile } = await import('../../io/write-file.ts')
  if (cnf !== undefined) {
    const { dimacsLines } = await import('./dimacs.ts')
    const written = writeWholeFile(cnf, inPieces(dimacsLines(formula)))
    if (!written.ok) return written
  }
  if (cudf === undefined) return { ok: true, value: undefined }
  const { cudfLines } = await import('./cudf.ts')
  return writeWholeFile(cudf, inPieces(cudfLines(formula)))
}
