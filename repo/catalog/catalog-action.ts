import {
  type Action,
  attribute,
  attributes,
  type DependencyType,
  dependencyTypes,
  PackageFlag,
  parseAction,
  parseDependency,
  type Tag,
} from '#model'
import type { CatalogNames } from './catalog-names.ts'

/**
 * The meaning of one action string: a kind in the low bits, and above it an id or flags. `set` actions that do not concern the
 * solver are `ignored`.
 */
export type Meaning = number
/** Kinds of meaning. */
export const Kind = {
  unknown: 0,
  ignored: 1,
  unsupported: 2,
  dependency: 3,
  flag: 4,
  hold: 5,
  variant: 6,
} as const
/** Bits of the kind in a meaning. */
export const kindBits = 3
/** The kind of a meaning. */
export const kindMask = (1 << kindBits) - 1

/** One FMRI without publisher, at most one facet, nothing quoted. Kinds with more to say are left out. */
const plainDependency =
  /^depend (?:(facet\.[^\s"'=\\]+)=([^\s"'=\\]+) )?fmri=pkg:\/([^\s"'@\\/][^\s"'@\\]*)(?:@([^\s"'@\\]+))? type=(require|optional|exclude|incorporate|group)$/

const flagNames = new Map<string, number>([
  ['pkg.obsolete', PackageFlag.obsolete],
  ['pkg.renamed', PackageFlag.renamed],
  ['pkg.legacy', PackageFlag.legacy],
  ['pkg.depend.explicit-install', PackageFlag.explicitInstall],
])

/** Parses action strings, and numbers the names in them. */
export interface LineReader {
  readLine(line: string): Meaning
  /** Id of the condition that the given variants of one package make up; -1 for none. */
  variantsId(variants: readonly number[]): number
}

/** An action that does not parse, or a depend action of an unknown type, is `unsupported`. Source: catalog-v1 §6. */
export function createLineReader(names: CatalogNames): LineReader {
  const { targets, dependencies, textId, checkedStem, conditionId, targetId, versionKey } = names
  const variantTags: Tag[] = []
  /** Conditions of packages with one variant, which nearly all are. */
  const variantConditions = new Map<number, number>()

  const variantsId = (tags: readonly number[]): number => {
    const only = tags[0]
    if (only === undefined) return -1
    if (tags.length > 1) return conditionId(sortTags(tags.map((tag) => variantTags[tag]!)))
    const id = variantConditions.get(only) ?? conditionId([variantTags[only]!])
    variantConditions.set(only, id)
    return id
  }

  const readDependency = (action: Action): Meaning => {
    const read = parseDependency(action)
    if (!read.ok) return Kind.unsupported
    const { type, predicate, rootImage, tags } = read.value
    const written = attributes(action, 'fmri')
    if (read.value.targets.length === 0 || written.length !== read.value.targets.length)
      return Kind.unsupported
    const condition = conditionId(tags)
    const targetIds = read.value.targets.map((fmri, index) => targetId(written[index]!, fmri))
    const predicateId =
      predicate === undefined ? -1 : targetId(attribute(action, 'predicate') ?? '', predicate)
    const head = [dependencyTypes.indexOf(type), condition, predicateId, rootImage ? 1 : 0]
    return (dependencies.id(head.concat(targetIds)) << kindBits) | Kind.dependency
  }

  const readSetting = (action: Action): Meaning => {
    const name = attribute(action, 'name') ?? ''
    if (name.startsWith('variant.')) {
      variantTags.push({ name, values: attributes(action, 'value') })
      return ((variantTags.length - 1) << kindBits) | Kind.variant
    }
    const value = attribute(action, 'value')
    if (value === undefined) return Kind.ignored
    if (name === 'pkg.depend.install-hold') return (textId(value) << kindBits) | Kind.hold
    const bit = flagNames.get(name)
    return bit !== undefined && value.toLowerCase() === 'true' ? (bit << kindBits) | Kind.flag : Kind.ignored
  }

  /**
   * As `readDependency`, for the form that nearly all dependencies have; undefined for any other, and for what is wrong.
   */
  const readPlainDependency = (line: string): Meaning | undefined => {
    const match = plainDependency.exec(line)
    if (match === null) return undefined
    const [, tag, value, stemText, version, type] = match
    if (version !== undefined && versionKey(version) === undefined) return undefined
    const stem = checkedStem(stemText!)
    if (stem < 0) return undefined
    const condition = tag === undefined ? -1 : conditionId([{ name: tag, values: [value!] }])
    const target = targets.id([stem, version === undefined ? -1 : textId(version), -1])
    const typeId = dependencyTypes.indexOf(type as DependencyType)
    return (dependencies.id([typeId, condition, -1, 0, target]) << kindBits) | Kind.dependency
  }

  const readLine = (line: string): Meaning => {
    const plain = readPlainDependency(line)
    if (plain !== undefined) return plain
    const action = parseAction(line)
    if (!action.ok) return Kind.unsupported
    if (action.value.type === 'depend') return readDependency(action.value)
    return action.value.type === 'set' ? readSetting(action.value) : Kind.ignored
  }

  return { readLine, variantsId }
}

function sortTags(tags: Tag[]): readonly Tag[] {
  return tags.length < 2 ? tags : tags.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
