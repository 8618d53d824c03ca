import { append } from '#model'
import type { Formula, FormulaStem } from '#solver'

/** Something that gets CUDF stanzas: a stem, or a helper package with one version. */
export interface CudfUnit {
  readonly name: string
  /** Number of versions. */
  readonly versions: number
  /** Index into `Formula.stems`; -1 for helpers. */
  readonly index: number
  readonly stem: FormulaStem | undefined
  /** Variable of a helper that stands for one; -1 for the others. */
  readonly variable: number
  rules(position: number): UnitRules
}

/** What one version asks. */
export interface UnitRules {
  /** Formulas that must all hold, each `A | B`. */
  readonly depends: readonly string[]
  readonly conflicts: readonly string[]
}

/** A whole problem in terms of CUDF. */
export interface CudfProblem {
  readonly units: readonly CudfUnit[]
  /** Atoms that must hold, with the stem they name. */
  readonly wanted: readonly { readonly atom: string; readonly stem: FormulaStem | undefined }[]
  /** Atoms that must not. */
  readonly unwanted: readonly string[]
}

/** Stems begin with a letter or digit, and `+` is written as it is in them: no stem becomes such a name. */
const HELPER = 'helper%2B'

/**
 * A package name in CUDF: letters, digits and `+ - . /` stay, others and a digit in front become `%` and two hexadecimal
 * digits.
 */
export function cudfName(stem: string): string {
  return stem.replace(/^[^A-Za-z]|[^A-Za-z0-9+./-]/g, (letter) =>
    [...Buffer.from(letter, 'utf8')]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  )
}

interface Builder {
  readonly name: string
  readonly versions: number
  readonly index: number
  readonly stem: FormulaStem | undefined
  readonly variable: number
  readonly depends: string[][]
  readonly conflicts: string[][]
}

/** "Not in positions first..last of the unit": what negative literals come to. */
interface Ban {
  readonly unit: Builder
  readonly first: number
  readonly last: number
}

/** Turns clauses into dependencies and conflicts. The order of a stem's versions is CUDF's own, so those clauses vanish. */
export function cudfUnits(formula: Formula): CudfProblem {
  const builders: Builder[] = []
  const make = (name: string, versions: number, index: number, variable: number): Builder => {
    const lists = (): string[][] => Array.from({ length: versions }, () => [])
    const stem = index < 0 ? undefined : formula.stems[index]
    const unit = { name, versions, index, stem, variable, depends: lists(), conflicts: lists() }
    builders.push(unit)
    return unit
  }
  const unitOf: (Builder | undefined)[] = new Array(formula.variables + 1)
  /** Number of versions that a variable of a stem means. */
  const below = new Int32Array(formula.variables + 1)
  const isFalse = new Uint8Array(formula.variables + 1)
  formula.stems.forEach(({ name, packages, variables }, index) => {
    const unit = make(cudfName(name), packages.length, index, -1)
    variables.forEach((variable, position) => {
      if (variable === 0) return
      unitOf[variable] = unit
      below[variable] = position + 1
    })
  })
  for (const { variables } of formula.absent) for (const variable of variables) isFalse[variable] = 1
  const place = (variable: number): readonly [Builder, number] => {
    const known = unitOf[variable]
    if (known !== undefined) return [known, below[variable]!]
    const unit = make(`${HELPER}${variable}`, 1, -1, variable)
    unitOf[variable] = unit
    below[variable] = 1
    return [unit, 1]
  }
  const absences = new Map<string, string>()
  /** Helper that can only be there when a ban holds. */
  const absence = (ban: Ban): string => {
    const key = `${ban.unit.name} ${ban.first} ${ban.last}`
    let name = absences.get(key)
    if (name === undefined) {
      name = `${HELPER}not${absences.size + 1}`
      absences.set(key, name)
      append(make(name, 1, -1, -1).conflicts[0]!, atomsOf(ban))
    }
    return name
  }
  const wanted: { atom: string; stem: FormulaStem | undefined }[] = []
  const unwanted: string[] = []
  let choices = 0
  const state = (bans: readonly Ban[], atoms: readonly { atom: string; unit: Builder }[]) => {
    if (bans.length === 0) {
      const [only] = atoms
      if (only !== undefined && atoms.length === 1) {
        wanted.push({ atom: only.atom, stem: only.unit.stem })
        return
      }
      // No package of this name exists: nothing can install it.
      if (only === undefined) {
        wanted.push({ atom: `${HELPER}impossible`, stem: undefined })
        return
      }
      choices += 1
      const name = `${HELPER}any${choices}`
      make(name, 1, -1, -1).depends[0]!.push(atoms.map(({ atom }) => atom).join(' | '))
      wanted.push({ atom: name, stem: undefined })
      return
    }
    const ban = bans.reduce((a, b) => (b.last - b.first < a.last - a.first ? b : a))
    const others = bans.filter((one) => one !== ban)
    if (atoms.length === 0 && others.length === 0) {
      append(unwanted, atomsOf(ban))
      return
    }
    const onlyOther = atoms.length === 0 && others.length === 1
    const rules = onlyOther
      ? atomsOf(others[0]!)
      : [[...atoms.map(({ atom }) => atom), ...others.map(absence)].join(' | ')]
    const lists = onlyOther ? ban.unit.conflicts : ban.unit.depends
    for (let position = ban.first; position <= ban.last; position += 1) append(lists[position]!, rules)
  }
  readClauses(formula.clauses, isFalse, place, state)
  for (const { name, role, packages } of formula.stems)
    if (role === 'rejected' && packages.length === 0) unwanted.push(cudfName(name))
  return {
    wanted,
    unwanted: [...new Set(unwanted)],
    units: builders.map((builder) => ({
      ...builder,
      rules: (position) => ({
        depends: [...new Set(builder.depends[position])],
        conflicts: [...new Set(builder.conflicts[position])],
      }),
    })),
  }
}

/** Reads clause by clause what each says of each unit; clauses that always hold are left out. */
function readClauses(
  clauses: Int32Array,
  isFalse: Uint8Array,
  place: (variable: number) => readonly [Builder, number],
  state: (bans: readonly Ban[], atoms: readonly { atom: string; unit: Builder }[]) => void,
): void {
  /** Per unit: "selected below `low`, or not selected below `high`"; 0 where nothing is said. */
  const said = new Map<Builder, { low: number; high: number }>()
  let holds = false
  for (const literal of clauses) {
    const variable = Math.abs(literal)
    if (literal !== 0 && isFalse[variable] === 1) holds ||= literal < 0
    else if (literal !== 0) {
      const [unit, count] = place(variable)
      const bounds = said.get(unit) ?? { low: 0, high: 0 }
      said.set(unit, bounds)
      if (literal > 0) bounds.low = Math.max(bounds.low, count)
      else bounds.high = bounds.high === 0 ? count : Math.min(bounds.high, count)
    } else {
      const bans: Ban[] = []
      const atoms: { atom: string; unit: Builder }[] = []
      for (const [unit, { low, high }] of said) {
        if (high === 0)
          atoms.push({ atom: low === unit.versions ? unit.name : `${unit.name} <= ${low}`, unit })
        else if (low < high) bans.push({ unit, first: low, last: high - 1 })
        else holds = true
      }
      if (!holds) state(bans, atoms)
      said.clear()
      holds = false
    }
  }
}

/** Versions first + 1 to last + 1 of a unit as atoms. */
function atomsOf({ unit, first, last }: Ban): readonly string[] {
  if (first === 0 && last === unit.versions - 1) return [unit.name]
  if (first === 0) return [`${unit.name} <= ${last + 1}`]
  if (last === unit.versions - 1) return [`${unit.name} >= ${first + 1}`]
  return Array.from({ length: last - first + 1 }, (_, index) => `${unit.name} = ${first + index + 1}`)
}
