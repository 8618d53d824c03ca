import { readFileSync } from 'node:fs'
import type { AbsolutePath } from '#model'
import { errnoOf } from './errno.ts'

/** The mount tables of Linux (as this process sees it) and illumos: path, separator, and index of the column with the mount point. */
const tables = [
  ['/proc/self/mountinfo', ' ', 4],
  ['/etc/mnttab', '\t', 1],
] as const

/** A path of a table. Blanks and unusual bytes are octal there. */
function unescaped(point: string): string {
  const bytes = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Real paths of all mount points that this process sees; undefined where no table lists them. */
export function listedMountPoints(): readonly AbsolutePath[] | undefined {
  for (const [table, separator, column] of tables) {
    try {
      const lines = readFileSync(table, 'latin1').split('\n')
      const points = lines.flatMap((line) => line.split(separator)[column] ?? [])
      return points.map((point) => unescaped(point) as AbsolutePath)
    } catch (error) {
      errnoOf(error)
    }
  }
  return undefined
}

/** `Filesystem.mountPoints`. */
export function mountPoints(): readonly AbsolutePath[] {
  return listedMountPoints() ?? []
}
