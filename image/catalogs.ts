import type { Catalog, Result } from '#model'
import type { RepositoryProblem } from '#repo'
import type { ImageContext } from './context.ts'
import type { ConfiguredPublisher } from './image-config.ts'
import type { InstalledState } from './installed-state.ts'
import type { OperationProblem } from './problems.ts'

/** Outcome of one publisher: `partial` when some of its origins failed; `not-due` and publishers without origin ask nobody. */
export interface PublisherRefresh {
  readonly publisher: string
  readonly outcome: 'unchanged' | 'changed' | 'partial' | 'failed' | 'not-due'
  /** One per failed origin. */
  readonly problems: readonly RepositoryProblem[]
}

/** Known packages of all enabled publishers plus the installed ones. */
export async function imageCatalog(
  _context: ImageContext,
  _state: InstalledState,
): Promise<Result<Catalog, OperationProblem>> {
  throw new Error('unwritten')
}

/** Brings the stored catalogs of one publisher up to date, origin by origin. */
export async function fetchCatalogs(
  _context: ImageContext,
  _publisher: ConfiguredPublisher,
  _options: { readonly full: boolean },
): Promise<PublisherRefresh> {
  throw new Error('unwritten')
}
