import {
  type Action,
  type ActionType,
  append,
  attribute,
  attributes,
  type ContentSubject,
  deniesOverlayAttributes,
  type FileStatus,
  type Filesystem,
  FilesystemError,
  type Fmri,
  formatTimestamp,
  hostPath,
  type ImageFilter,
  isMediated,
  keyAttribute,
  type Manifest,
  parseTimestamp,
  quote,
} from '#model'
import { readImageText } from '../files/image-text.ts'
import { verifyOverlay } from '../files/overlay.ts'
import { preserveOf } from '../files/preserve.ts'
import {
  type DatabaseTexts,
  databasePaths,
  ownerId,
  ownerName,
  readDatabases,
} from '../files/user-database.ts'
import { hardLinkTarget, parentOf, pathFault } from '../image-path.ts'
import { legacyRecordPath } from '../plan/legacy-record.ts'
import type { RepairKind } from '../plan/plan-repair.ts'
import { verifyAccount } from './verify-account.ts'
import { type ContentFault, verifyContent } from './verify-content.ts'
import { dependencyName, type InstalledSet, isOnlyNoted, verifyDependency } from './verify-dependency.ts'
import { verifyDriver } from './verify-driver.ts'

/** One difference between an action and the disk, or a remark about it. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'info'
  /** Type and name as the report shows them, e.g. `file: usr/bin/x`. */
  readonly item: string
  /** Image-relative path of the action, or undefined for users, groups and the like. */
  readonly path: string | undefined
  /** Detail after the level word. */
  readonly text: string
  readonly action: Action
  /** The repair that mends the finding; undefined: none does. */
  readonly repair: RepairKind | undefined
  /** The package whose file lies over this one; only a repair of that package helps. Undefined: none does. */
  readonly overlaidBy: Fmri | undefined
}

/** The input of `verifyPackage`. */
export interface VerifyInput {
  readonly filesystem: Filesystem
  /** Root directory of the image, absolute. */
  readonly root: string
  /** Metadata folder, absolute: licence texts lie there. */
  readonly metadata: string
  readonly fmri: Fmri
  readonly manifest: Manifest
  readonly filter: ImageFilter
  /** True when the image's mediation has chosen this link. */
  readonly linkChosen: (action: Action) => boolean
  /** The package and action that overlays this file (`overlay=true`), if any is installed. */
  readonly overlaidBy: (path: string) => { readonly fmri: Fmri; readonly action: Action } | undefined
  /** Depend actions are compared with it. */
  readonly installedSet: InstalledSet
  /** True when a package delivers a directory at the path itself: a link there is damage, and nothing behind it counts. */
  readonly isDirectory: (path: string) => boolean
  /** True when an installed package delivers something at the path. Asked only about files that variants or facets leave out. */
  readonly isDelivered: (path: string) => boolean
  /** The part of a file that must match; absent: the whole file. Source: image-plan §2.1. */
  readonly content?: ContentSubject
  /** False: a wrong owner is not reported, because only root can set owners. */
  readonly asRoot: boolean
}

type Note = Pick<Finding, 'level' | 'text' | 'repair'>

interface Check extends VerifyInput {
  readonly texts: DatabaseTexts
  /** Directories by path; true: the directory, or one above it, is a link on disk. */
  readonly behindLink: Map<string, boolean>
}

const typeWords: Readonly<Record<FileStatus['type'], string>> = {
  file: 'regular file',
  directory: 'directory',
  link: 'symbolic link',
  other: 'special file',
}

function error(text: string, repair: RepairKind = 'content'): Note {
  return { level: 'error', text, repair }
}

/** An error that no content and no mode puts right. */
function beyondRepair(text: string): Note {
  return { level: 'error', text, repair: undefined }
}

function note(level: 'warning' | 'info', text: string): Note {
  return { level, text, repair: undefined }
}

/** True when a delivered directory above the path is a link on disk: its content is not the image's. */
function isBehindLink(check: Check, path: string): boolean {
  const parent = parentOf(path)
  if (parent === '') return false
  const known = check.behindLink.get(parent)
  if (known !== undefined) return known
  const itself =
    check.isDirectory(parent) && check.filesystem.lstat(hostPath(check.root, parent))?.type === 'link'
  const behind = itself || isBehindLink(check, parent)
  check.behindLink.set(parent, behind)
  return behind
}

/** Status of an image path, through real directories only. */
function statusOf(check: Check, path: string): FileStatus | undefined {
  return isBehindLink(check, path) ? undefined : check.filesystem.lstat(hostPath(check.root, path))
}

function checkOwner(
  check: Check,
  kind: 'passwd' | 'group',
  wanted: string | undefined,
  found: number,
): Note[] {
  if (wanted === undefined) return []
  const word = kind === 'passwd' ? 'owner' : 'group'
  const text = check.texts[kind]
  const id = ownerId(kind, text, wanted)
  if (id === undefined) return [error(`${word}: ${wanted} is unknown`, 'attributes')]
  if (id === found || !check.asRoot) return []
  const name = ownerName(kind, text, found) ?? found
  return [error(`${word}: '${name} (${found})' should be '${wanted} (${id})'`, 'attributes')]
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** Presence, type, owner, group, mode: in the order the report has them. */
function checkStatus(
  check: Check,
  action: Action,
  wanted: FileStatus['type'],
): { notes: Note[]; status?: FileStatus } {
  const path = attribute(action, 'path') ?? ''
  const status = statusOf(check, path)
  if (status === undefined) return { notes: [error(`missing: ${typeWords[wanted]} does not exist`)] }
  const notes: Note[] = []
  if (status.type !== wanted) {
    notes.push(error(`file type: '${typeWords[status.type]}' should be '${typeWords[wanted]}'`))
  }
  if (action.type === 'dir' || action.type === 'file') {
    append(notes, checkOwner(check, 'passwd', attribute(action, 'owner'), status.uid))
    append(notes, checkOwner(check, 'group', attribute(action, 'group'), status.gid))
    const mode = Number.parseInt(attribute(action, 'mode') ?? '', 8)
    if (!Number.isNaN(mode) && mode !== status.mode) {
      notes.push(error(`mode: ${octal(status.mode)} should be ${octal(mode)}`, 'attributes'))
    }
  }
  return status.type === wanted ? { notes, status } : { notes }
}

function checkContent(check: Check, action: Action, host: string, editable: boolean): Note[] {
  const fault = verifyContent(check.filesystem, host, action, check.content ?? 'file')
  return fault === undefined ? [] : [contentNote(fault, editable)]
}

function contentNote(fault: ContentFault, editable: boolean): Note {
  if (fault.kind === 'differs')
    return editable ? note('info', 'editable file has been changed') : error(fault.text)
  // Other reasons than rights, as a damaged disk, are mended by new content.
  return isDenied(fault.errno) ? unreadable(fault.errno) : error(`Hash: cannot be read: ${fault.errno}`)
}

function checkTimestamp(action: Action, status: FileStatus): Note[] {
  const wanted = parseTimestamp(attribute(action, 'timestamp'))
  if (wanted === undefined || Math.trunc(status.mtime / 1000) * 1000 === wanted) return []
  return [error(`Timestamp: ${formatTimestamp(status.mtime)} should be ${formatTimestamp(wanted)}`)]
}

/** A repair of an editable file delivers content only where the file is missing. */
function checkEditable(check: Check, action: Action): Note[] {
  return checkFile(check, action).map((found) =>
    found.repair === undefined ? found : { ...found, repair: 'attributes' },
  )
}

function checkFile(check: Check, action: Action): Note[] {
  const preserve = preserveOf(action)
  if (preserve === 'abandon') return []
  const host = hostPath(check.root, attribute(action, 'path') ?? '')
  if (preserve === 'legacy' && statusOf(check, attribute(action, 'path') ?? '') === undefined) return []
  const { notes, status } = checkStatus(check, action, 'file')
  if (status === undefined || attribute(action, 'mountpoint') === 'true') return notes
  const editable = preserve !== undefined
  if (!editable) append(notes, checkTimestamp(action, status))
  append(notes, checkContent(check, action, host, editable))
  const wanted = attributes(action, 'sysattr')
  // No system of these has a call for them that a program in Node could make.
  if (wanted.length > 0)
    notes.push(note('info', `system attributes (${wanted.join(',')}) cannot be looked at`))
  return notes
}

function checkLink(check: Check, action: Action): Note[] {
  const host = hostPath(check.root, attribute(action, 'path') ?? '')
  const mayChange = attribute(action, 'preserve') === 'true'
  if (mayChange && statusOf(check, attribute(action, 'path') ?? '')?.type !== 'link') return []
  const { notes, status } = checkStatus(check, action, 'link')
  if (status === undefined || mayChange) return notes
  const found = check.filesystem.readLink(host)
  const wanted = attribute(action, 'target') ?? ''
  return found === wanted ? notes : [...notes, error(`Target: '${found}' should be '${wanted}'`)]
}

function checkHardLink(check: Check, action: Action): Note[] {
  const path = attribute(action, 'path') ?? ''
  const { notes, status } = checkStatus(check, action, 'file')
  if (status === undefined) return notes
  const targetPath = hardLinkTarget(path, attribute(action, 'target') ?? '')
  const target =
    targetPath === undefined ? undefined : check.filesystem.lstat(hostPath(check.root, targetPath))
  if (targetPath === undefined || target === undefined) {
    return [...notes, error(`Target: '${targetPath ?? attribute(action, 'target') ?? ''}' doesn't exist`)]
  }
  if (target.inode === status.inode && target.device === status.device) return notes
  return [...notes, error(`Broken: Path and Target (${targetPath}) inodes not the same`)]
}

function checkLicence(check: Check, action: Action): Note[] {
  const name = quote(attribute(action, 'license') ?? '')
  const host = `${check.metadata}/license/${quote(check.fmri.stem)}/license.${name}`
  if (check.filesystem.lstat(host)?.type !== 'file') return [error(`License file ${host} does not exist.`)]
  return checkContent(check, action, host, false)
}

function checkLegacy(check: Check, action: Action): Note[] {
  const path = legacyRecordPath(action)
  if (path === undefined || statusOf(check, path)?.type === 'file') return []
  return [error('missing: regular file does not exist')]
}

/** The error of an action that cannot be read; the rest of the package is still compared. */
function unreadable(errno: string): Note {
  return beyondRepair(isDenied(errno) ? 'Skipping: Permission Denied' : `cannot be read: ${errno}`)
}

function isDenied(errno: string): boolean {
  return errno === 'EACCES' || errno === 'EPERM'
}

function checkAction(check: Check, { compare }: TypeCheck, action: Action): Note[] {
  try {
    return compare(check, action)
  } catch (failure) {
    if (failure instanceof FilesystemError) return [unreadable(failure.problem.errno)]
    throw failure
  }
}

/** How actions of a type are compared with the disk. */
interface TypeCheck {
  /** Name of the action in reports. */
  readonly nameOf: (action: Action) => string
  readonly compare: (check: Check, action: Action) => Note[]
}

const pathOf = (action: Action): string => attribute(action, 'path') ?? ''

function checkAccount({ texts }: Check, action: Action): Note[] {
  return verifyAccount(texts, action).map((text) => error(text))
}

function checkDependency({ installedSet }: Check, action: Action): Note[] {
  return verifyDependency(action, installedSet).map((text) =>
    isOnlyNoted(action) ? note('info', text) : beyondRepair(text),
  )
}

function checkDriver(check: Check, action: Action): Note[] {
  return verifyDriver((path) => readImageText(check, path), action).map((text) => note('warning', text))
}

/** Undefined: actions of the type leave nothing to compare. */
const typeChecks: Readonly<Record<ActionType, TypeCheck | undefined>> = {
  set: undefined,
  depend: { nameOf: dependencyName, compare: checkDependency },
  group: { nameOf: (action) => attribute(action, 'groupname') ?? '', compare: checkAccount },
  user: { nameOf: (action) => attribute(action, 'username') ?? '', compare: checkAccount },
  dir: { nameOf: pathOf, compare: (check, action) => checkStatus(check, action, 'directory').notes },
  file: {
    nameOf: pathOf,
    compare: (check, action) =>
      preserveOf(action) === undefined ? checkFile(check, action) : checkEditable(check, action),
  },
  hardlink: { nameOf: pathOf, compare: checkHardLink },
  link: { nameOf: pathOf, compare: checkLink },
  driver: { nameOf: (action) => attribute(action, 'name') ?? '', compare: checkDriver },
  unknown: undefined,
  license: { nameOf: (action) => attribute(action, 'license') ?? '', compare: checkLicence },
  legacy: { nameOf: (action) => attribute(action, 'pkg') ?? '', compare: checkLegacy },
  signature: undefined,
}

/** Differences between a file and the file over it: remarks, or errors where one of the two forbids them. */
function checkOverlay(action: Action, overlay: Action | undefined): Note[] {
  if (overlay === undefined) return []
  const denied = deniesOverlayAttributes(action, overlay)
  return verifyOverlay(action, overlay).map((text) => (denied ? beyondRepair(text) : note('info', text)))
}

/** A file that variants or facets leave out must not be there, unless another action delivers its path. Source: image-plan §12. */
function checkLeftOut(check: Check, action: Action): Finding[] {
  const path = pathOf(action)
  if (action.type !== 'file' || pathFault(path) !== undefined) return []
  const type = statusOf(check, path)?.type
  if ((type !== 'file' && type !== 'link') || check.isDelivered(path)) return []
  const found = error('File should not exist', 'removal')
  return [{ ...found, item: `file: ${path}`, path, action, overlaidBy: undefined }]
}

function findingsOf(check: Check, action: Action): Finding[] {
  const typeCheck = typeChecks[action.type]
  if (typeCheck === undefined) return []
  if (!check.filter.actionApplies(action)) return checkLeftOut(check, action)
  if (isMediated(action) && !check.linkChosen(action)) return []
  const name = typeCheck.nameOf(action)
  const path = keyAttribute(action.type) === 'path' ? name : undefined
  if (path !== undefined && pathFault(path) !== undefined) return []
  const overlay =
    action.type === 'file' && attribute(action, 'overlay') === 'allow' ? check.overlaidBy(name) : undefined
  const item = `${action.type}: ${name}${overlay === undefined ? '' : ` (from pkg:/${overlay.fmri.stem})`}`
  const overlaidBy = overlay?.fmri
  const notes = [
    ...checkAction(check, typeCheck, overlay?.action ?? action),
    ...checkOverlay(action, overlay?.action),
  ]
  return notes.map((found) => ({ ...found, item, path, action, overlaidBy }))
}

/**
 * Compares the actions of one package with the disk, in manifest order. Empty: nothing differs. Throws `FilesystemError`. Source: cli
 * §5.5, image-plan §12.
 */
export function verifyPackage(input: VerifyInput): readonly Finding[] {
  const texts = readDatabases((name) => readImageText(input, databasePaths[name]))
  const check: Check = { ...input, texts, behindLink: new Map() }
  return input.manifest.actions.flatMap((action) => findingsOf(check, action))
}
