import type { Fmri, Stem } from '#model'

/**
 * A whole problem as clauses and costs, for other solvers. Stems that no answer needs are left out: the search proved
 * that they cannot change its answer.
 */
export interface Formula {
  readonly operation: string
  readonly stems: readonly FormulaStem[]
  /** Stems that clauses name and no answer needs; all their variables are false. */
  readonly absent: readonly AbsentStem[]
  /** Variables are numbered from 1. Those of no stem are definitions ("one of these versions"). */
  readonly variables: number
  /** Hard clauses in DIMACS order, each ended by 0; an impossible problem ends with two that clash. */
  readonly clauses: Int32Array
  /** What is minimised, most important first. The tie rule that comes after them all is not among them. */
  readonly objectives: readonly FormulaObjective[]
}

/** The candidates of one stem. */
export interface FormulaStem {
  readonly name: Stem
  readonly role: 'new' | 'named' | 'keep' | 'avoided' | 'rejected'
  /** From oldest to newest. */
  readonly packages: readonly Fmri[]
  /**
   * By position: the variable that says "selected, and here or at a lower position"; the last one says "present". 0 where
   * no clause tells this version from the next.
   */
  readonly variables: readonly number[]
  readonly installed: Fmri | undefined
  /** Position of the installed package; -1 where it is none of the candidates or nothing is installed. */
  readonly installedPosition: number
}

/** A stem that is not in the result. */
export interface AbsentStem {
  readonly name: Stem
  readonly variables: readonly number[]
}

/** A sum of costs. */
export interface FormulaObjective {
  /** Name of solver-semantics §7.2; a refinement appends its stem. */
  readonly id: string
  /** Id of the objective that this one refines for a single stem. */
  readonly refines?: string
  /** Costs by position, by index into `stems`; stems without cost are left out. */
  readonly costs: ReadonlyMap<number, readonly number[]>
  /** Variables that cost 1 when true. */
  readonly variables: readonly number[]
}
