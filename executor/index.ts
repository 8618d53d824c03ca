export * from './action-plan.ts'
export * from './executor.ts'
export * from './problems.ts'
