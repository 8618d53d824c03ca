declare module 'logic-solver' {
  type Term = number
  interface Formula {
    readonly type?: string
  }
  interface Solution {
    evaluate(term: Term): boolean
  }
  class Solver {
    getVarNum(name: string): Term
    require(formula: Formula | Term): void
    solve(): Solution | null
    solveAssuming(formula: Formula | Term): Solution | null
  }
  function or(terms: readonly Term[]): Formula
  function and(terms: readonly Term[]): Formula
  function disablingAssertions<T>(body: () => T): T
  const module: typeof import('logic-solver')
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS; a dynamic import of it has only a default.
  export default module
  export { and, disablingAssertions, type Formula, or, type Solution, Solver, type Term }
}
