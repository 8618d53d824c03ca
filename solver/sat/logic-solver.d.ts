declare module 'logic-solver' {
  type Term = number
  interface Formula {
    readonly type?: string
  }
  interface Solution {
    getTrueVars(): readonly string[]
    evaluate(term: Term): boolean
  }
  class Solver {
    getVarNum(name: string): Term
    require(formula: Formula | Term): void
    solve(): Solution | null
    solveAssuming(formula: Formula | Term): Solution | null
  }
  function or(...terms: readonly Term[]): Formula
  function and(...terms: readonly Term[]): Formula
  function disablingAssertions<T>(body: () => T): T
}
