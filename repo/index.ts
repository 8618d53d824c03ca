export * from './problems.ts'
export * from './source.ts'
