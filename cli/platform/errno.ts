/** Name of a failed system call's error; anything else (a caller's own throw, a bug) goes on as it is. */
export function errnoOf(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string')
    return error.code
  throw error
}
