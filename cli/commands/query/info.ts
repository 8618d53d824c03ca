import type { Image, OperationProblem, PackageDescription } from '#image'
import { formatFmri, ok, type Result } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { notFound } from '../../render/not-found.ts'
import { packageInfo } from '../../render/package-info.ts'
import { isTerse } from '../../render/terse.ts'
import { illegalPatterns, noTemporarySources } from '../shared/patterns.ts'
import { withImage } from '../shared/with-image.ts'

/** `info [PATTERN...]`. Source: cli §7. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  const remote = given.has('remote')
  const quiet = given.has('quiet')
  if (remote && given.operands.length === 0)
    return context.misuse('must request remote info for specific packages')
  if (given.has('source')) return await context.fail(noTemporarySources)
  const illegal = illegalPatterns(given.operands)
  if (illegal !== undefined) {
    const { problemMessage } = await import('../../render/problem.ts')
    io.stderr(`${(await problemMessage('info', illegal)).text}\n`)
    return Exit.error
  }
  return await withImage(context, 'read', async (image) => {
    const described = await image.describePackages({
      patterns: given.operands,
      scope: remote ? 'newest' : 'installed',
    })
    if (!described.ok) return described
    const { packages, misses } = described.value
    if (given.operands.length === 0 && packages.length === 0) {
      if (!quiet) io.stderr(`${io.programName}: no packages installed\n`)
      return ok(Exit.error)
    }
    const code = given.has('license')
      ? await showLicenses(context, image, packages)
      : ok(showRecords(context, image, packages))
    if (misses.length === 0 || !code.ok) return code
    if (!quiet) io.stderr(notFound(io, 'info', misses, { remote, afterOutput: packages.length > 0 }))
    return ok(packages.length === 0 || code.value === Exit.error ? Exit.error : Exit.partial)
  })
}

function showRecords(context: CommandContext, image: Image, packages: readonly PackageDescription[]): number {
  const { io } = context
  const view = { filter: image.filter(), env: io.env, terse: isTerse(io, image.kind) }
  if (!context.arguments.has('quiet')) io.stdout(packages.map((one) => packageInfo(one, view)).join('\n'))
  return Exit.ok
}

/** Only licence texts; none has one: 1, some have none: 3. */
async function showLicenses(
  context: CommandContext,
  image: Image,
  packages: readonly PackageDescription[],
): Promise<Result<number, OperationProblem>> {
  const { io } = context
  const blocks: string[] = []
  const without: string[] = []
  for (const { fmri, manifest } of packages) {
    const actions = manifest.actions.filter(
      (action) => action.type === 'license' && image.filter().actionApplies(action),
    )
    if (actions.length === 0) without.push(formatFmri(fmri, 'full'))
    let block = ''
    for (const action of actions) {
      const text = await image.licenseText(fmri, action)
      if (!text.ok) return text
      block += `${text.value}\n`
    }
    if (block !== '') blocks.push(block)
  }
  if (!context.arguments.has('quiet')) {
    io.stdout(blocks.join('\n'))
    if (without.length > 0)
      io.stderr(
        `${io.programName}: no license information could be found for the following packages:\n${without.map((one) => `\t${one}\n`).join('')}\n`,
      )
  }
  if (without.length === 0) return ok(Exit.ok)
  return ok(blocks.length === 0 ? Exit.error : Exit.partial)
}
