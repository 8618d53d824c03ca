// The package `pkg6` for programs: the API that most of them need. The entries `pkg6/model`, `pkg6/solver`, `pkg6/repo`,
// `pkg6/executor` and `pkg6/image` have the rest.

import { executorMessages } from '#executor'
import {
  findImage,
  type Image,
  type ImageHost,
  imageMessages,
  type OpenMode,
  type OperationProblem,
  openImage,
} from '#image'
import {
  describeProblem,
  type EventSink,
  helpForProblem,
  modelMessages,
  type Problem,
  type ProblemMessages,
  type Result,
} from '#model'
import { repositoryChangeMessages } from '#repo'
import { solverMessages } from '#solver'
import { createCancellation } from './platform/cancellation.ts'
import { wireHost } from './platform/wiring.ts'

export {
  type ApplyOptions,
  createImage,
  findImage,
  type Image,
  type ImageHost,
  type OperationProblem,
  openImage,
  type PreparedPlan,
} from '#image'
export {
  type Catalog,
  emptySnapshot,
  type Fmri,
  formatFmri,
  type ImageSnapshot,
  type InstallPlan,
  type Problem,
  parseFmri,
  parseManifest,
  parsePattern,
  parsePublisherName,
  parseVersion,
  type Result,
  type SolveRequest,
  snapshotOf,
} from '#model'
export {
  createSource,
  extendCatalog,
  openRepository,
  publishPackage,
  publishPackages,
  readCatalogFolders,
} from '#repo'
export { loadBackend, type ResolveInput, resolveInstall } from '#solver'
export { createNodeFilesystem } from './platform/node-filesystem.ts'

/** Every code of the library is in one of these tables. */
const messages = [
  modelMessages,
  repositoryChangeMessages,
  executorMessages,
  solverMessages,
  imageMessages,
] as unknown as readonly ProblemMessages<Problem>[]

/** The message of a problem, and what the user can do about it where that is known. */
export function messageOf(problem: Problem): { readonly text: string; readonly help: string | undefined } {
  const table = messages.find(({ describe }) => problem.code in describe)
  if (table === undefined) throw new Error(`no message for ${problem.code}`)
  return { text: describeProblem(table, problem), help: helpForProblem(table, problem) }
}

/** What `nodeHost` may be told. */
export interface NodeHostOptions {
  /** Name in the lock file and in history; `pkg6` unless given. */
  readonly clientName?: string
  /** Receives progress. */
  readonly events?: EventSink
  /** Whether changes are flushed to the disk, so that they survive a power failure; `full` unless given. */
  readonly fsync?: 'full' | 'none'
}

/** The ports of an image on this host: its disk, clock, network and engines. Nothing cancels an operation. */
export async function nodeHost(options: NodeHostOptions = {}): Promise<ImageHost> {
  const { clientName = 'pkg6', events = { emit: () => {} }, fsync = 'full' } = options
  const surroundings = { programName: clientName, commandLine: process.argv, env: process.env }
  const settings = {
    root: undefined,
    debug: new Map(),
    noNetworkCache: false,
    satBackend: undefined,
    fsync,
  } as const
  return await wireHost({ ...surroundings, cancellation: createCancellation(() => {}) }, settings, events)
}

/** Opens the image at an absolute path; close it. Problems: those of `findImage` and `openImage`. */
export async function openImageAt(
  root: string,
  mode: OpenMode,
  options: NodeHostOptions = {},
): Promise<Result<Image, OperationProblem>> {
  const host = await nodeHost(options)
  const found = findImage(host.filesystem, {
    exactRoot: root,
    environmentRoot: undefined,
    startDirectory: root,
    walkUp: false,
    liveRoot: '/',
  })
  return found.ok ? await openImage(host, found.value, mode) : found
}
