/** A path or key about which packages conflict. Source: image-plan §5. */
export interface ActionConflict {
  readonly kind: 'duplicate' | 'inconsistent-type' | 'inconsistent-attribute'
  /** Namespace and key, for example `path` and `usr/bin/x`. */
  readonly namespace: string
  readonly key: string
  readonly parties: readonly ConflictParty[]
  /** The attribute that differs; only for `inconsistent-attribute`. */
  readonly attribute?: string
}

/** An action in a conflict. */
export interface ConflictParty {
  readonly fmri: string
  /** Type of the action. */
  readonly type: string
  /** The action, reduced to the attributes that must agree, for example `link path=usr/bin/x target=y`. */
  readonly action: string
}

/** More packages than this are counted, not listed: a directory may have thousands. */
const LISTED = 5

function packageLines(fmris: readonly string[], indent: string): readonly string[] {
  const left = fmris.length - LISTED
  const lines = fmris.slice(0, LISTED).map((fmri) => `${indent}${fmri}`)
  return left > 0 ? [...lines, `${indent}... and ${left} more`] : lines
}

/** FMRIs by a property of their actions, in the order of the first of each. */
function grouped(
  parties: readonly ConflictParty[],
  property: 'type' | 'action',
): readonly (readonly [string, readonly string[]])[] {
  const groups = new Map<string, string[]>()
  for (const party of parties) {
    const known = groups.get(party[property])
    if (known === undefined) groups.set(party[property], [party.fmri])
    else known.push(party.fmri)
  }
  return [...groups]
}

const together = `
These packages cannot be installed together. Any non-conflicting subset
of the above packages can be installed.`

const corrected = 'This package must be corrected before it can be installed.'

/** Whether all conflicting actions belong to one package. */
export function isWithinOnePackage({ parties }: ActionConflict): boolean {
  return new Set(parties.map(({ fmri }) => fmri)).size === 1
}

function duplicateText({ key, parties }: ActionConflict): string {
  const type = parties[0]?.type ?? ''
  const fmris = parties.map(({ fmri }) => fmri)
  if (new Set(fmris).size === 1)
    return `The package ${fmris[0]} delivers ${fmris.length} copies of ${type} ${key}\n${corrected}`
  const lines = packageLines(fmris, '  ')
  return [`The following packages all deliver ${type} actions to ${key}:`, '', ...lines, together].join('\n')
}

function typeText(conflict: ActionConflict): string {
  const { key, parties } = conflict
  const types = grouped(parties, 'type')
  if (isWithinOnePackage(conflict)) {
    const names = types.map(([type]) => type).join(' and ')
    return `The package ${parties[0]?.fmri} delivers conflicting action types (${names}) to ${key}\n${corrected}`
  }
  const lines = types.flatMap(([type, fmris]) => [`  ${type}:`, ...packageLines(fmris, '    ')])
  return [`The following packages deliver conflicting action types to ${key}:`, '', ...lines, together].join(
    '\n',
  )
}

function attributeText(conflict: ActionConflict): string {
  const { key, parties } = conflict
  const groups = [...grouped(parties, 'action')].sort(
    ([a, left], [b, right]) => left.length - right.length || (a < b ? -1 : 1),
  )
  const lines = groups.flatMap(([action, fmris]) => [
    `    ${fmris.length === 1 ? '1 package delivers' : `${fmris.length} packages deliver`} '${action}':`,
    ...packageLines([...fmris].sort(), '        '),
  ])
  return [
    'The requested change to the system attempts to install multiple actions',
    `for ${parties[0]?.type ?? ''} '${key}' with conflicting attributes:`,
    '',
    ...lines,
    '',
    isWithinOnePackage(conflict) ? `\n${corrected}` : together,
  ].join('\n')
}

const texts: Readonly<Record<ActionConflict['kind'], (conflict: ActionConflict) => string>> = {
  duplicate: duplicateText,
  'inconsistent-type': typeText,
  'inconsistent-attribute': attributeText,
}

/** Conflicts in the layout of the reference client: packages grouped by their actions. Source: cli §5. */
export function conflictText(conflicts: readonly ActionConflict[]): string {
  return conflicts.map((conflict) => texts[conflict.kind](conflict)).join('\n\n')
}
