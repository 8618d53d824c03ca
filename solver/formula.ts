import type { Fmri, Stem } from '#model'

/**
 * A whole problem as clauses and costs, for other solvers. It leaves out the stems that cannot change the answer, as the search
 * proved.
 */
export interface Formula {
  readonly operation: string
  readonly stems: readonly FormulaStem[]
  /** Stems of which clauses have variables, and which no answer needs. All their variables are false. */
  readonly absent: readonly AbsentStem[]
  /** Number of variables, which are numbered from 1. Variables of no stem are definitions ("one of these versions"). */
  readonly variables: number
  /** Hard clauses in DIMACS order, each ended by 0. An impossible problem ends with two clauses that clash. */
  readonly clauses: Int32Array
  /** The objectives, most important first. The tie rule, which comes last, is not included. */
  readonly objectives: readonly FormulaObjective[]
}

/** The candidates of one stem. */
export interface FormulaStem {
  readonly name: Stem
  readonly role: 'new' | 'named' | 'keep' | 'avoided' | 'rejected'
  /** From oldest to newest. */
  readonly packages: readonly Fmri[]
  /**
   * By position: the variable "a candidate is selected at this or a lower position"; the last one says "present". 0 where no clause
   * distinguishes this version from the next.
   */
  readonly variables: readonly number[]
  readonly installed: Fmri | undefined
  /** Position of the installed package; -1 if it is no candidate, or if nothing is installed. */
  readonly installedPosition: number
}

/** A stem that is not in the result. */
export interface AbsentStem {
  readonly name: Stem
  readonly variables: readonly number[]
}

/** A sum of costs that is minimised. */
export interface FormulaObjective {
  /** Name of solver-semantics §7.2; a refinement appends its stem. */
  readonly id: string
  /** Id of the objective that this one refines for a single stem. */
  readonly refines?: string
  /** By index into `stems`: costs by position. Stems without cost are left out. */
  readonly costs: ReadonlyMap<number, readonly number[]>
  /** Variables that cost 1 if they are true. */
  readonly variables: readonly number[]
}
