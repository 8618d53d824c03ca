import { createHash } from 'node:crypto'

/** The text of a journal up to its marks, with the checksum that it must have. */
export function sealedJournal(journal: unknown): string {
  const text = JSON.stringify(journal)
  return `${text}\n${createHash('sha256').update(text).digest('hex')}\n`
}
