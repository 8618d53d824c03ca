export type { Fact, FactKind, Fix } from './explanation.ts'
export type { AbsentStem, Formula, FormulaObjective, FormulaStem } from './formula.ts'
export { type PatternMiss, type SolverProblem, solverMessages } from './problems.ts'
export { settingsMatter } from './question/settings-matter.ts'
export { unneededPackages } from './question/unneeded.ts'
export { explainText, fixCommand } from './report.ts'
export {
  type Phase,
  phases,
  type Resolution,
  type ResolveInput,
  type ResolveStatistics,
  type SearchView,
  type SolveBudget,
  type SolveTrace,
} from './resolve-input.ts'
export { resolveInstall } from './resolve-install.ts'
export { contractBackend } from './sat/contract.ts'
export { type BackendName, backendNames, loadBackend } from './sat/load.ts'
export {
  type NewSatBackend,
  type SatBackend,
  SatCapacityError,
  type SatStatistics,
  type SolveCall,
} from './sat-backend.ts'
