import { isWithin, joinPath, parentOf, pathFault } from '../image-path.ts'
import { reservedNameIn, spellsPathIn, spellsPathTo } from '../plan/reserved-paths.ts'
import { isStageOf, splitName } from './stages.ts'

/** Names in the metadata folder that a journal may have. */
export interface JournalRules {
  /** Metadata folder, relative to the root. */
  readonly metadataPath: string
  /** Files in it that plans replace (`ActionPlan.metadataFiles`). */
  readonly metadataFiles: readonly string[]
}

/** Folders of the metadata folder into which plans put things. */
const ownFolders = ['license', 'lost+found']

type Fields = ReadonlyMap<string, unknown>

function fieldsOf(value: unknown): Fields {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

/** Stage names of a step, by the folder that they are in. */
const stageNames: Readonly<Record<string, readonly (readonly [string, 'old' | 'new'])[]>> = {
  displace: [['to', 'old']],
  'displace-tree': [['to', 'old']],
  place: [['from', 'new']],
  'place-tree': [['from', 'new']],
  rehome: [['from', 'old']],
}

const ownership = ['mode', 'uid', 'gid']
/** Fields of each kind of step, beside kind and path. */
const fieldsOfKind: Readonly<Record<string, readonly string[]>> = {
  'open-directory': ownership,
  displace: ['to', 'copied'],
  'remove-directory': ownership,
  'displace-tree': ['to', 'content'],
  'make-directory': ownership,
  place: ['from', 'backup', 'copied'],
  'place-tree': ['from', 'content'],
  rehome: ['from'],
  attributes: ['before', 'after'],
}
const displacingKinds = ['open-directory', 'displace', 'remove-directory', 'displace-tree']
/** Kinds that leave a path where it is. */
const stayingKinds = ['attributes', 'open-directory']
const placingKinds = ['make-directory', 'place', 'place-tree', 'rehome', 'attributes']

function isOwnership(value: Fields): boolean {
  const mode = value.get('mode')
  const ids = [value.get('uid'), value.get('gid')]
  return (
    Number.isInteger(mode) &&
    (mode as number) >= 0 &&
    (mode as number) <= 0o7777 &&
    ids.every((id) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < 2 ** 32)
  )
}

/** A tree has each path once, and each directory before its content. */
function contentFault(content: unknown): string | undefined {
  if (!Array.isArray(content)) return 'a tree without content'
  const directories = new Set([''])
  const names = new Set<string>()
  for (const inside of content as readonly unknown[]) {
    if (typeof inside !== 'string') return 'a tree with an invalid name'
    const isDirectory = inside.endsWith('/')
    const name = isDirectory ? inside.slice(0, -1) : inside
    if (pathFault(name) !== undefined || names.has(name) || !directories.has(parentOf(name)))
      return `a tree with ${JSON.stringify(inside.slice(0, 100))}`
    names.add(name)
    if (isDirectory) directories.add(name)
  }
  return undefined
}

/** A journal must not move the metadata folder, and must change only allowed names in it. */
function isReserved(kind: string, path: string, step: Fields, rules: JournalRules): boolean {
  const { metadataPath, metadataFiles } = rules
  const content = step.get('content')
  if (isWithin(metadataPath, path)) return !stayingKinds.includes(kind)
  if (isWithin(path, metadataPath)) {
    const inside = path.slice(metadataPath.length + 1)
    if (ownFolders.some((folder) => isWithin(inside, folder))) return false
    if (reservedNameIn(path, metadataPath) === undefined) return false
    return !(kind === 'place' && step.get('backup') !== undefined && metadataFiles.includes(inside))
  }
  if (spellsPathIn(path, metadataPath)) return true
  if (!Array.isArray(content) || !spellsPathTo(path, metadataPath)) return false
  return (content as readonly string[]).some((inside) => spellsPathIn(joinPath(path, inside), metadataPath))
}

function ownershipFault(kind: string, step: Fields): string | undefined {
  const told =
    kind === 'attributes'
      ? [fieldsOf(step.get('before')), fieldsOf(step.get('after'))]
      : kind.endsWith('directory')
        ? [step]
        : []
  return told.every(isOwnership) ? undefined : 'a mode or owner that is none'
}

/** Facts about a journal that are collected while its steps are checked. */
interface Seen {
  /** Image paths of the stages outside the metadata folder. */
  readonly stages: readonly string[]
  /** Names in stages, and the kinds of the steps that use them. */
  readonly used: Map<string, string>
}

function isNameIn(folder: string, name: unknown, { stages }: Seen): name is string {
  if (typeof name !== 'string') return false
  const [stage, inside] = splitName(name)
  const isPlain = /^(?:@[1-9][0-9]{0,4}\/)?(old|new)\/[0-9]{1,9}$/.test(name)
  return isPlain && stage <= stages.length && inside.startsWith(`${folder}/`)
}

/** Each name in a stage is used once, except by a node that moves through the stage to another path. */
function stageFault(kind: string, step: Fields, seen: Seen): string | undefined {
  const { used } = seen
  const wanted = stageNames[kind] ?? []
  const names = kind === 'place' ? [...wanted, ['backup', 'old'] as const] : wanted
  for (const [field, folder] of names) {
    const name = step.get(field)
    if (name === undefined && field === 'backup') continue
    if (!isNameIn(folder, name, seen)) return `a bad name in the stage`
    if (kind === 'rehome' ? used.get(name) !== 'displace' : used.has(name))
      return `the name ${name} in the stage twice`
    used.set(name, kind)
  }
  return undefined
}

function stepFault(
  value: unknown,
  kinds: readonly string[],
  rules: JournalRules,
  seen: Seen,
): string | undefined {
  const step = fieldsOf(value)
  const kind = step.get('do')
  const path = step.get('path')
  if (typeof kind !== 'string' || !kinds.includes(kind)) return 'an unknown step'
  if (typeof path !== 'string') return 'a step without path'
  const told = JSON.stringify(path.slice(0, 100))
  const known = ['do', 'path', ...(fieldsOfKind[kind] ?? [])]
  if (![...step.keys()].every((name) => known.includes(name))) return `a strange step for ${told}`
  if (pathFault(path) !== undefined && !(path === '' && stayingKinds.includes(kind)))
    return `the path ${told}`
  const fault = kind.endsWith('-tree') ? contentFault(step.get('content')) : undefined
  if (fault !== undefined) return fault
  const isOfStage = (stage: string): boolean =>
    isWithin(path, stage) || (!stayingKinds.includes(kind) && isWithin(stage, path))
  if (isReserved(kind, path, step, rules) || seen.stages.some(isOfStage))
    return `${told}, which no plan changes`
  return ownershipFault(kind, step) ?? copyFault(step) ?? stageFault(kind, step, seen)
}

function copyFault(step: Fields): string | undefined {
  if (!step.has('copied')) return undefined
  const copied = fieldsOf(step.get('copied'))
  const isNumber = (name: string): boolean => Number.isSafeInteger(copied.get(name))
  return copied.size === 2 && isNumber('size') && isNumber('mtime') ? undefined : 'a copy of no file'
}

/** More file systems than any image has. */
const MOST_STAGES = 4096

/** Checks that each stage outside the metadata folder has its reserved name and a directory of its own. Absent: there are none. */
function areStages(stages: unknown, operation: string, { metadataPath }: JournalRules): stages is string[] {
  if (!Array.isArray(stages) || stages.length > MOST_STAGES) return false
  const paths = stages as readonly unknown[]
  const isGood = (path: unknown): boolean =>
    isStageOf(operation, path) && (metadataPath === '' || !spellsPathIn(path, metadataPath))
  return paths.every(isGood) && new Set(paths).size === paths.length
}

/** Each path is cleared once and delivered once; its attributes may be set besides. */
function pathTwice(steps: readonly unknown[]): string | undefined {
  const seen = new Set<unknown>()
  for (const value of steps) {
    const step = fieldsOf(value)
    const path = step.get('path')
    if (stayingKinds.includes(String(step.get('do')))) continue
    if (seen.has(path)) return `${JSON.stringify(String(path).slice(0, 100))} twice`
    seen.add(path)
  }
  return undefined
}

/**
 * The first fault of a parsed journal, as the end of a sentence that begins with "it has"; undefined: it has none. A damaged journal must
 * not lead recovery out of the image, or to the records of the image.
 */
export function journalFault(value: unknown, rules: JournalRules): string | undefined {
  const journal = fieldsOf(value)
  const operation = journal.get('operation')
  const base = journal.get('base')
  if (typeof operation !== 'string' || !/^[0-9A-Za-z-]{1,100}$/.test(operation)) return 'no operation'
  if (!Number.isSafeInteger(base) || (base as number) < 0) return 'no generation'
  const stages = journal.get('stages') ?? []
  if (!areStages(stages, operation, rules)) return 'a stage where none is'
  const seen: Seen = { stages, used: new Map() }
  for (const [name, kinds] of [
    ['displacing', displacingKinds],
    ['placing', placingKinds],
  ] as const) {
    const steps = journal.get(name)
    if (!Array.isArray(steps)) return `no list of ${name} steps`
    for (const step of steps as readonly unknown[]) {
      const fault = stepFault(step, kinds, rules, seen)
      if (fault !== undefined) return fault
    }
    const twice = pathTwice(steps)
    if (twice !== undefined) return twice
  }
  return undefined
}
