import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Cancellation } from '#image'
import { err, FilesystemError, ok, type Result } from '#model'
import { placeOutput } from '../../io/place-output.ts'
import { writeWholeFile } from '../../io/write-file.ts'
import { compressFile } from '../../platform/archive-file.ts'
import type { CliProblem, CommandProblem } from '../../problems.ts'
import type { ExportOptions } from './export-options.ts'
import { blobPath, ociLayout } from './oci-image.ts'

/** Something finished in the scratch folder that takes its place under the name that was asked for. */
export interface Finished<T> {
  readonly path: string
  readonly value: T
}

/**
 * Makes a file or folder as a whole: `work` builds it in a scratch folder beside its place, it is moved there when it is finished, never
 * over what somebody made there meanwhile, and the scratch folder goes in any case, also when the process ends. Problems: `output_exists`, `unwritable_file`, those of the work.
 */
export async function makeWhole<T>(
  output: string,
  cancellation: Cancellation,
  work: (scratch: string) => Promise<Result<Finished<T>, CommandProblem>>,
): Promise<Result<T, CommandProblem>> {
  let scratch: string | undefined
  const discard = (): void => {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true })
  }
  const withdraw = cancellation.beforeEnd(discard)
  try {
    if (lstatSync(output, { throwIfNoEntry: false }) !== undefined)
      return err({ code: 'ips::cli_error::output_exists', path: output })
    scratch = mkdtempSync(join(dirname(output), `.${basename(output).slice(0, 64)}.`))
    const finished = await work(scratch)
    if (!finished.ok) return finished
    return placeOutput(finished.value.path, output)
      ? ok(finished.value.value)
      : err({ code: 'ips::cli_error::output_exists', path: output })
  } catch (error) {
    return err(unwritable(output, error))
  } finally {
    withdraw()
    discard()
  }
}

function unwritable(path: string, error: unknown): CliProblem {
  const errno = error instanceof FilesystemError ? error.problem.errno : (error as NodeJS.ErrnoException).code
  const isDisk = error instanceof FilesystemError || (error instanceof Error && 'syscall' in error)
  if (!isDisk || errno === undefined) throw error
  return { code: 'ips::cli_error::unwritable_file', path, errno }
}

/** The tar archive of a layer, hexadecimal SHA-256 and bytes. */
export interface LayerArchive {
  readonly path: string
  readonly digest: string
  readonly size: number
}

/** Makes an OCI image layout of one layer in `folder`; gives the hexadecimal digest of its manifest. Problem: `unwritable_file`; throws errors of Node. */
export async function writeLayout(
  folder: string,
  archive: LayerArchive,
  options: Pick<ExportOptions, 'compressed' | 'container'>,
  created: number,
): Promise<Result<string, CliProblem>> {
  mkdirSync(join(folder, blobPath('')), { recursive: true })
  const packed = `${archive.path}.gz`
  const stored = options.compressed ? await compressFile(archive.path, packed) : archive
  renameSync(options.compressed ? packed : archive.path, join(folder, blobPath(stored.digest)))
  const { files, digest } = ociLayout(
    {
      compressed: options.compressed,
      digest: stored.digest,
      size: stored.size,
      tarDigest: archive.digest,
    },
    { ...options.container, created },
  )
  for (const { path, text } of files) {
    const written = writeWholeFile(join(folder, path), text)
    if (!written.ok) return written
  }
  return ok(digest)
}
