import type { ActionPlan } from '#executor'
import { type Action, attribute, type Filesystem, type Fmri, parseSize, payloadName } from '#model'
import { payloadPath } from '#repo'
import type { ImageLayout } from '../layout.ts'
import type { ImageContext } from '../state/context.ts'
import { attempt } from '../storage.ts'

/** Where the payload of an action lies or would lie in the content cache; undefined when it has none or its name is no digest. */
export function payloadPlace(layout: ImageLayout, fmri: Fmri, action: Action): string | undefined {
  const name = payloadName(action)
  return name === undefined || fmri.publisher === undefined ? undefined : layout.payload(fmri.publisher, name)
}

/** As `payloadPlace`, but undefined also when the cache lacks it. */
export function cachedPayload(
  filesystem: Filesystem,
  layout: ImageLayout,
  fmri: Fmri,
  action: Action,
): string | undefined {
  const path = payloadPlace(layout, fmri, action)
  return path !== undefined && filesystem.lstat(path)?.type === 'file' ? path : undefined
}

/**
 * Where the payloads of a plan lie: in the content cache, checked, or in a repository on this machine, where they are read in place by
 * whoever unpacks and checks them. There may be very many, so only those are remembered that are not where most are.
 */
export class PayloadPlaces {
  readonly #filesystem: Filesystem
  readonly #layout: ImageLayout
  /** By publisher, where to look, first folder first. */
  readonly #folders: Map<string, readonly string[]>
  /** What does not lie in the first folder of its publisher. By path in the content cache. */
  readonly #elsewhere = new Map<string, string>()

  constructor({ host, layout }: ImageContext, folders: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.#filesystem = host.filesystem
    this.#layout = layout
    this.#folders = new Map(folders)
  }

  /** True when payloads may be read in place. */
  get inPlace(): boolean {
    return this.#folders.size > 0
  }

  /** From now on all payloads are to be in the content cache. */
  fetchAll(): void {
    this.#folders.clear()
    this.#elsewhere.clear()
  }

  /** Notes that a payload will be in the content cache. */
  cached(fmri: Fmri, action: Action): void {
    const path = payloadPlace(this.#layout, fmri, action)
    if (path !== undefined && this.#foldersOf(fmri) !== undefined) this.#elsewhere.set(path, path)
  }

  /**
   * Looks for a payload in the repositories on this machine; false when there is none of the stated size, or when so little is stated
   * that whoever unpacks it would not know where to stop.
   */
  find(fmri: Fmri, action: Action): boolean {
    const folders = this.#foldersOf(fmri)
    const name = payloadName(action)
    const place = payloadPlace(this.#layout, fmri, action)
    if (folders === undefined || name === undefined || place === undefined) return false
    const size = parseSize(attribute(action, 'pkg.csize'))
    if (size === undefined || parseSize(attribute(action, 'pkg.size')) === undefined) return false
    for (const [index, folder] of folders.entries()) {
      const path = `${folder}/${payloadPath(name)}`
      if (!isFileOfSize(this.#filesystem, path, size)) continue
      if (index > 0) this.#elsewhere.set(place, path)
      return true
    }
    return false
  }

  /** Path of a payload that was found or brought; nobody looks whether it still is there. */
  path(action: Action, fmri: Fmri): string | undefined {
    const place = payloadPlace(this.#layout, fmri, action)
    const [first] = this.#foldersOf(fmri) ?? []
    if (place === undefined || first === undefined) return place
    return this.#elsewhere.get(place) ?? `${first}/${payloadPath(action.payload ?? '')}`
  }

  /** Whether a path is that of a payload that is read in place. */
  isInPlace(path: string): boolean {
    return [...this.#folders.values()].flat().some((folder) => path.startsWith(`${folder}/`))
  }

  #foldersOf(fmri: Fmri): readonly string[] | undefined {
    return fmri.publisher === undefined ? undefined : this.#folders.get(fmri.publisher)
  }
}

/** What cannot be looked at is left to the fetching, which says why. */
function isFileOfSize(filesystem: Filesystem, path: string, size: number): boolean {
  const status = attempt(() => filesystem.lstat(path))
  return status.ok && status.value?.type === 'file' && status.value.size === size
}

/** The places for a plan. Nothing is looked for yet. Source: transport §6. */
export async function payloadPlaces(
  context: ImageContext,
  payloads: ActionPlan['payloads'],
): Promise<PayloadPlaces> {
  const needed = new Set<string | undefined>()
  for (const { fmri } of payloads) needed.add(fmri.publisher)
  const folders = new Map<string, readonly string[]>()
  for (const publisher of context.config().publishers) {
    if (!needed.has(publisher.name)) continue
    const found = await context.sources.chain(publisher).payloadFolders(publisher.name)
    if (found.length > 0) folders.set(publisher.name, found)
  }
  return new PayloadPlaces(context, folders)
}
