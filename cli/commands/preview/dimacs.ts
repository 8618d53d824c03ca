import { formatFmri } from '#model'
import type { Formula } from '#solver'

/**
 * The hard clauses in DIMACS CNF, line by line. Comments say what each variable means: `c 7 pkg://a/b@1` is "b is in the
 * result, at this version or an older one"; the newest of a stem therefore is "b is in the result". Versions that
 * no clause tells from the next have none; variables without a comment are definitions. What is minimised is not part of it.
 */
export function* dimacsLines(formula: Formula): Generator<string> {
  const { clauses } = formula
  yield `c ${formula.operation}: satisfiable exactly when the request has a solution`
  yield 'c variable N with FMRI: selected, at this version or an older one'
  for (const { packages, variables } of formula.stems) {
    for (let index = 0; index < packages.length; index += 1)
      if (variables[index] !== 0) yield `c ${variables[index]} ${formatFmri(packages[index]!)}`
  }
  for (const { name, variables } of formula.absent)
    for (const variable of variables) yield `c ${variable} ${name}, which no answer needs`
  let count = 0
  for (const literal of clauses) if (literal === 0) count += 1
  yield `p cnf ${formula.variables} ${count}`
  let start = 0
  for (let index = 0; index < clauses.length; index += 1) {
    if (clauses[index] !== 0) continue
    yield clauses.subarray(start, index + 1).join(' ')
    start = index + 1
  }
}
