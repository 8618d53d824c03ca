/** The errno name of a failed system call. Rethrows any other error. */
export function errnoOf(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string')
    return error.code
  throw error
}
