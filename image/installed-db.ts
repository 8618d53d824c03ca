import type { SqlJsStatic } from 'sql.js'

/** Loads sql.js; the caller knows where `sql-wasm.wasm` lies. */
export type LoadSql = () => Promise<SqlJsStatic>
