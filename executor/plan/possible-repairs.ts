import { type Action, attribute, type Filesystem, hostPath } from '#model'
import { readImageText } from '../files/image-text.ts'
import { databasePaths, ownerId } from '../files/user-database.ts'
import { hardLinkTarget } from '../image-path.ts'
import type { Repair } from './plan-repair.ts'

/** A repair that is impossible in the image. */
export interface Hopeless {
  readonly repair: Repair
  /** A fact, e.g. `owner daemon is unknown in this image`. */
  readonly reason: string
}

const accounts = { passwd: ['user', 'username'], group: ['group', 'groupname'] } as const

/** True for a name with a number: in a database on disk, or by another repair. */
function knownNames(
  place: Place,
  kind: 'passwd' | 'group',
  repairs: readonly Repair[],
): (name: string) => boolean {
  const [type, key] = accounts[kind]
  const text = readImageText(place, databasePaths[kind])
  const coming = new Set(
    repairs.flatMap(({ action }) => (action.type === type ? [attribute(action, key) ?? ''] : [])),
  )
  // A database that comes itself may hold any name.
  const whole = repairs.some(({ action }) => attribute(action, 'path') === databasePaths[kind])
  return (name) => whole || coming.has(name) || ownerId(kind, text, name) !== undefined
}

interface Place {
  readonly filesystem: Filesystem
  readonly root: string
}

/** Why one of the repairs cannot be done with the others; undefined when it can. */
function reasonsAgainst(place: Place, repairs: readonly Repair[]): (action: Action) => string | undefined {
  const isUser = knownNames(place, 'passwd', repairs)
  const isGroup = knownNames(place, 'group', repairs)
  const coming = new Set(
    repairs.flatMap(({ action: { type }, action, repair }) =>
      repair !== 'removal' && (type === 'file' || type === 'hardlink') ? [attribute(action, 'path')] : [],
    ),
  )
  const isFile = (path: string): boolean =>
    coming.has(path) || place.filesystem.lstat(hostPath(place.root, path))?.type === 'file'
  return (action) => {
    if (action.type === 'hardlink') {
      const target = attribute(action, 'target') ?? ''
      const path = hardLinkTarget(attribute(action, 'path') ?? '', target)
      return path !== undefined && isFile(path) ? undefined : `its target ${path ?? target} is not a file`
    }
    const hasOwner = action.type === 'dir' || action.type === 'file'
    const owner = attribute(action, 'owner') ?? ''
    if (hasOwner && !isUser(owner)) return `owner ${owner} is unknown in this image`
    const group = attribute(action, 'group') ?? ''
    if ((hasOwner || action.type === 'user') && !isGroup(group))
      return `group ${group} is unknown in this image`
    return undefined
  }
}

/**
 * Separates possible repairs from impossible ones. A repair is impossible when its owner or group is unknown to the image, or the target
 * of its hard link is missing, and no other repair brings that back. Throws `FilesystemError`.
 */
export function possibleRepairs(
  place: Place,
  repairs: readonly Repair[],
): { readonly possible: readonly Repair[]; readonly hopeless: readonly Hopeless[] } {
  const hopeless: Hopeless[] = []
  let possible = repairs
  // A user without its group does not come back, and neither does what is that user's.
  for (;;) {
    const reasonAgainst = reasonsAgainst(place, possible)
    const left = possible.filter((repair) => {
      const reason = repair.repair === 'removal' ? undefined : reasonAgainst(repair.action)
      if (reason !== undefined) hopeless.push({ repair, reason })
      return reason === undefined
    })
    if (left.length === possible.length) return { possible, hopeless }
    possible = left
  }
}
