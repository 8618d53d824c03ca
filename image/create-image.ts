import type { ImageKind, Result } from '#model'
import type { ImageHost } from './host.ts'
import type { Image } from './image.ts'
import type { PropertyValue } from './image-config.ts'
import type { OperationProblem } from './problems.ts'
import type { AutoConfigure } from './publishers.ts'

/** One `image-create`. Source: cli §6. */
export interface CreateImageOptions {
  /** Absolute path; made when missing, parents included. */
  readonly root: string
  readonly kind: ImageKind
  /** Non-global zone (`-z`): sets the zone variant. */
  readonly zone: boolean
  /** Overwrite an image or use a directory that is not empty. The `ssl` directory is kept. */
  readonly force: boolean
  readonly variants: ReadonlyMap<string, string>
  readonly facets: ReadonlyMap<string, boolean>
  readonly properties: ReadonlyMap<string, PropertyValue>
  /** `-p` with `-g` and `-m`. */
  readonly publisher: AutoConfigure | undefined
  /** False (`--no-refresh`): nothing is contacted; `publisher.only` is then required and its uri becomes the origin. */
  readonly refresh: boolean
}

/**
 * Makes an image. On any problem nothing is left behind that was not there. Problems: `already_an_image`,
 * `directory_not_empty`, `bad_property`, those of the repository.
 */
export async function createImage(
  _host: ImageHost,
  _options: CreateImageOptions,
): Promise<Result<Image, OperationProblem>> {
  throw new Error('unwritten')
}
