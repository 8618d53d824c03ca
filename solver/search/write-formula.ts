import type { StemId } from '#model'
import { createEncoder, type Encoder } from '../encode/encode.ts'
import type { AbsentStem, Formula, FormulaObjective, FormulaStem } from '../formula.ts'
import { fmriOf } from '../lookup/universe.ts'
import { Role } from '../question/question.ts'
import type { Trim } from '../rules/trim.ts'
import { named, type Objective, objectivesOf, stemCost } from './objective.ts'
import type { Session } from './session.ts'

const roleNames: readonly FormulaStem['role'][] = (() => {
  const names: FormulaStem['role'][] = []
  for (const [name, role] of Object.entries(Role)) names[role] = name as FormulaStem['role']
  return names
})()

/**
 * Writes the problem of a finished search. It encodes the stems again, because the clauses of the search include those of the
 * optimisation. Stems that the search assumed absent are absent.
 */
export function writeFormula(session: Session, trim: Trim, operation: string): Formula {
  const { question } = session
  const encoder = createEncoder({ question, trim, dense: true })
  const inCone = session.cone()
  for (const stem of inCone) encoder.expand(stem)
  const rejected = [...question.request.rejected].filter((stem) => !encoder.activation.isExpanded(stem))
  const stems = [...inCone, ...rejected].sort((a, b) => a - b)
  const absent = encoder.pulled
    .filter((stem) => !encoder.activation.isExpanded(stem) && encoder.variables.candidates(stem).length > 0)
    .map((stem) => ({
      name: question.universe.catalog.stemName(stem),
      variables: variablesOf(encoder, stem).filter((variable) => variable !== 0),
    }))
  const clauses = allClauses(encoder, absent)
  return {
    operation,
    stems: stems.map((stem) => describeStem(session, encoder, stem)),
    absent,
    variables: encoder.variables.count,
    clauses,
    objectives: objectivesOf(session)
      .map((objective) => describeObjective(session, encoder, objective, stems))
      .filter(({ costs, variables }) => costs.size > 0 || variables.length > 0),
  }
}

function allClauses(encoder: Encoder, absent: readonly AbsentStem[]): Int32Array {
  const { variables, clauses } = encoder
  const extra: number[] = []
  for (const stem of absent) for (const variable of stem.variables) extra.push(-variable, 0)
  if (clauses.hasEmptyClause || encoder.withoutCandidates.length > 0) {
    const clash = variables.fresh()
    extra.push(clash, 0, -clash, 0)
  }
  encoder.addOrder()
  const hard = withoutEmpty(clauses.take())
  const result = new Int32Array(hard.length + extra.length)
  result.set(hard)
  result.set(extra, hard.length)
  return result
}

/** Drops clauses without literals, because many readers of DIMACS take them for the end. */
function withoutEmpty(literals: Int32Array): Int32Array {
  return literals.filter((literal, index) => literal !== 0 || (index > 0 && literals[index - 1] !== 0))
}

function variablesOf({ variables }: Encoder, stem: StemId): readonly number[] {
  const { length } = variables.candidates(stem)
  return Array.from({ length }, (_, position) => variables.known(stem, position + 1))
}

function describeStem({ question }: Session, encoder: Encoder, stem: StemId): FormulaStem {
  const { catalog } = question.universe
  const ids = encoder.variables.candidates(stem)
  const installed = question.base[stem]!
  return {
    name: catalog.stemName(stem),
    role: roleNames[question.role(stem)]!,
    packages: Array.from(ids, (id) => fmriOf(catalog, id)),
    variables: variablesOf(encoder, stem),
    installed: installed < 0 ? undefined : fmriOf(catalog, installed),
    installedPosition: ids.indexOf(installed),
  }
}

function describeObjective(
  session: Session,
  encoder: Encoder,
  objective: Objective,
  stems: readonly StemId[],
): FormulaObjective {
  const model = new Int32Array(session.question.universe.catalog.stemCount).fill(-1)
  const costs = new Map<number, readonly number[]>()
  stems.forEach((stem, index) => {
    if (objective.only !== undefined && objective.only !== stem) return
    const cost = stemCost(objective, session, stem)
    if (cost === undefined) return
    const { length } = encoder.variables.candidates(stem)
    costs.set(
      index,
      Array.from({ length }, (_, position) => {
        model[stem] = position
        return cost.cost(model)
      }),
    )
    model[stem] = -1
  })
  // The common costs are those of relaxed group clauses; the new encoder has other variables for them.
  const variables = objective.common === undefined ? [] : encoder.relaxations.map(({ literal }) => literal)
  return { ...named(objective), costs, variables }
}
