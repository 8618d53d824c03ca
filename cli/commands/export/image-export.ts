import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Exported, ImageHost, OperationProblem } from '#image'
import { ok, type Result } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { createArchiveFile } from '../../platform/archive-file.ts'
import { processInfo } from '../../platform/process-info.ts'
import { createTarWriter } from '../../platform/tar-writer.ts'
import type { CliProblem, CommandProblem } from '../../problems.ts'
import { createProgress, progressMode } from '../../render/progress.ts'
import { licenseTexts } from '../plan/plan-licenses.ts'
import { type ExportOptions, exportOptions } from './export-options.ts'
import { type Finished, type LayerArchive, makeWhole, writeLayout } from './export-output.ts'

/**
 * `image-export`: packages become the root file system of a container, an OCI image layout or a tar archive, without being
 * root and without touching the host. What is made stands in its place whole or not at all. Exit codes: those of `install`.
 */
export async function run(context: CommandContext): Promise<number> {
  const { io, arguments: given } = context
  const options = exportOptions(context, processInfo(io).architecture)
  if (typeof options === 'string') return context.misuse(options)
  if ('code' in options) return await context.fail(options)
  const progress = createProgress(io, { mode: progressMode(io, given.has('quiet')), phases: true })
  const host = await context.host(progress)
  const show = (licenses: string): void => {
    progress.end()
    io.stdout(licenses)
  }
  const made = await makeWhole(options.output, io.cancellation, (scratch) =>
    build(host, options, scratch, show),
  )
  progress.end()
  if (!made.ok) return await failExport(context, made.error)
  const { packages, entries, digest, warnings } = made.value
  for (const warning of [...progress.warnings, ...warnings]) context.complain(`WARNING: ${warning}`)
  if (!given.has('quiet'))
    io.stdout(`${given.text('output')}: ${packages} packages, ${entries} entries, sha256:${digest}\n`)
  return Exit.ok
}

interface Built extends Exported {
  /** Hexadecimal SHA-256 of the archive, or of the manifest of a layout. */
  readonly digest: string
}

async function build(
  host: ImageHost,
  options: ExportOptions,
  scratch: string,
  show: (licenses: string) => void,
): Promise<Result<Finished<Built>, CommandProblem>> {
  const written = await writeArchive(host, options, scratch, show)
  if (!written.ok) return written
  const { archive, exported } = written.value
  if (options.format === 'tar')
    return ok({ path: archive.path, value: { ...exported, digest: archive.digest } })
  const folder = join(scratch, 'layout')
  mkdirSync(folder)
  const digest = await writeLayout(folder, archive, options, exported.time)
  return digest.ok ? ok({ path: folder, value: { ...exported, digest: digest.value } }) : digest
}

async function writeArchive(
  host: ImageHost,
  options: ExportOptions,
  scratch: string,
  show: (licenses: string) => void,
): Promise<Result<{ readonly archive: LayerArchive; readonly exported: Exported }, OperationProblem>> {
  const root = join(scratch, 'image')
  mkdirSync(root)
  const path = join(scratch, 'layer.tar')
  const file = createArchiveFile(path)
  try {
    const { exportImage } = await import('#image')
    const archive = createTarWriter(file.write)
    const exported = await exportImage(host, options, root, archive, async (image, prepared) =>
      show((await licenseTexts(image, prepared, options.showLicenses, false)).display),
    )
    if (!exported.ok) return exported
    archive.end()
    return ok({ archive: { path, ...file.finish() }, exported: exported.value })
  } finally {
    file.close()
  }
}

async function failExport(context: CommandContext, problem: CommandProblem): Promise<number> {
  if (isCliProblem(problem)) return await context.fail(problem)
  const { planProblem } = await import('../../render/plan-problem.ts')
  return await planProblem(context, problem)
}

function isCliProblem(problem: CommandProblem): problem is CliProblem {
  return problem.code.startsWith('ips::cli_error::')
}
