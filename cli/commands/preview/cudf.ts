import { formatFmri } from '#model'
import type { Formula, FormulaStem } from '#solver'
import { type CudfUnit, cudfUnits, type UnitRules } from './cudf-rules.ts'

/**
 * The problem as CUDF 2.0, line by line, for solvers of package upgrade problems. Versions of a stem are numbered from 1,
 * oldest first, candidates only. Rules with more than one condition (conditional dependencies, definitions) lean on packages
 * named `helper%2B...`, which cost nothing. Each objective is a property whose sum over the solution is to be minimised;
 * comments at the top give the criteria for `mccs` and `aspcud`.
 */
export function* cudfLines(formula: Formula): Generator<string> {
  const properties = propertiesOf(formula)
  yield `# ${formula.operation}`
  if (properties.length > 0) {
    yield `# mccs -lexicographic[${properties.map(({ name }) => `-count[${name}:,false]`).join(',')}]`
    yield `# aspcud -c '${properties.map(({ name }) => `-sum(solution,${name})`).join(',')}'`
  }
  for (const { name, id } of properties) yield `# ${name}: objective ${id}`
  // A preamble without properties is legal, but mccs cannot read one.
  if (properties.length > 0) {
    yield 'preamble: '
    yield `property: ${properties.map(({ name }) => `${name}: nat = [0]`).join(', ')}`
    yield ''
  }
  const units = cudfUnits(formula)
  for (const unit of units.units) yield* stanzas(unit, properties)
  yield* request(formula, units.wanted, units.unwanted)
}

/** An objective as a property. */
interface Property {
  readonly name: string
  readonly id: string
  /** Costs by position, by index of stem. */
  readonly costs: ReadonlyMap<number, readonly number[]>
  readonly variables: ReadonlySet<number>
}

function propertiesOf({ objectives }: Formula): readonly Property[] {
  const seen = new Map<string, number>()
  return objectives.map(({ id, refines, costs, variables }) => {
    // The id of a refinement holds the name of a stem, which a property name cannot hold.
    const base = refines ?? id
    const turn = seen.get(base) ?? 0
    seen.set(base, turn + 1)
    const name = turn === 0 ? base : `${base}-${turn}`
    return { name, id, costs, variables: new Set(variables) }
  })
}

function* stanzas(unit: CudfUnit, properties: readonly Property[]): Generator<string> {
  for (let position = 0; position < unit.versions; position += 1) {
    if (unit.stem !== undefined) yield `# ${formatFmri(unit.stem.packages[position]!)}`
    yield `package: ${unit.name}`
    yield `version: ${position + 1}`
    const rules: UnitRules = unit.rules(position)
    if (rules.depends.length > 0) yield `depends: ${rules.depends.join(', ')}`
    const conflicts = unit.versions > 1 ? [unit.name, ...rules.conflicts] : rules.conflicts
    if (conflicts.length > 0) yield `conflicts: ${conflicts.join(', ')}`
    if (unit.stem !== undefined && position === unit.stem.installedPosition) {
      yield 'installed: true'
      if (unit.stem.role === 'keep') yield 'keep: package'
    }
    for (const { name, costs, variables } of properties) {
      const cost =
        unit.index < 0 ? (variables.has(unit.variable) ? 1 : 0) : (costs.get(unit.index)?.[position] ?? 0)
      if (cost > 0) yield `${name}: ${cost}`
    }
    yield ''
  }
  if (unit.versions === 0 && unit.stem?.installed !== undefined) {
    yield `# ${formatFmri(unit.stem.installed)}`
    yield `package: ${unit.name}`
    yield 'version: 1'
    yield 'installed: true'
    yield ''
  }
}

function* request(
  formula: Formula,
  wanted: readonly { readonly atom: string; readonly stem: FormulaStem | undefined }[],
  unwanted: readonly string[],
): Generator<string> {
  const install: string[] = []
  const upgrade: string[] = []
  for (const { atom, stem } of wanted) {
    if (stem?.role === 'keep' && stem.installedPosition >= 0 && !atom.includes(' ')) continue
    // "upgrade" forbids older versions: only where there are none among the candidates is it the same.
    const mayUpgrade =
      formula.operation === 'update' && stem?.role === 'named' && stem.installedPosition === 0
    if (mayUpgrade) upgrade.push(atom)
    else install.push(atom)
  }
  yield 'request: '
  if (install.length > 0) yield `install: ${install.join(', ')}`
  if (upgrade.length > 0) yield `upgrade: ${upgrade.join(', ')}`
  if (unwanted.length > 0) yield `remove: ${unwanted.join(', ')}`
  yield ''
}
