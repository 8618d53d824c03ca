export * from './problems.ts'
export * from './resolve-install.ts'
export * from './sat/backend.ts'
