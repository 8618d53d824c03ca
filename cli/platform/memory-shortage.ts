/** Whether an error says that the system gave no more memory: for an array, an engine in WebAssembly, or a thread. */
export function isMemoryShortage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && (error.code === 'ERR_WORKER_OUT_OF_MEMORY' || error.code === 'ENOMEM')) return true
  return /out of memory|could not allocate memory|cannot allocate|allocation failed/i.test(error.message)
}
