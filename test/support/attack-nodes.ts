import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Attack, operations } from './attack.ts'
import { type NodeKind, plantNode } from './attack-world.ts'

const kinds: readonly NodeKind[] = ['fifo', 'socket', 'device', 'endless device']

/** Files and folders of the image's own that a node may stand in the place of. */
const own = [
  'pkg6.image.json',
  'installed.db',
  'installed.db.new',
  'installed.snapshot',
  'journal',
  'journal.new',
  'stage',
  'lock',
  'modified',
  'modified.new',
  'history',
  'license',
  'lost+found',
  'cache',
  'cache/catalog.index',
  'cache/config.checked',
  'publisher/bad.example/file',
  'publisher/bad.example/last_refreshed',
  'publisher/bad.example/pkg/tools%2Fbase',
]

/** Of the repository, which anybody may have made. */
const stored = ['catalog', 'catalog/catalog.attrs', 'catalog/catalog.base.C', 'pkg/tools%2Fbase', 'file']

/** Nodes that never end or never answer, in the way of packages, of the image's own files and in a repository. */
export function nodeAttacks(): readonly Attack[] {
  const planted = (
    name: string,
    place: 'image' | 'metadata' | 'repository',
    path: string,
    every: number,
  ): readonly Attack[] =>
    kinds.flatMap((kind, index) =>
      operations
        .filter((_, number) => (number + index) % every === 0)
        .map(
          ([operation, step]): Attack => ({
            name: `${kind}: ${name}, ${operation}`,
            kind: 'full',
            async run(world) {
              const at = join(world[place], path)
              rmSync(at, { recursive: true, force: true })
              mkdirSync(dirname(at), { recursive: true })
              if (!plantNode(at, kind)) return 'not allowed here'
              return world.act(step)
            },
          }),
        ),
    )
  return [
    ...['usr/lib/one', 'usr/lib', 'etc/conf', 'opt/base', 'usr/hard', 'usr/link', 'usr/lib/three'].flatMap(
      (path) => planted(path, 'image', path, 2),
    ),
    ...own.flatMap((path) => planted(`metadata ${path}`, 'metadata', path, 3)),
    ...stored.flatMap((path) =>
      planted(`repository ${path}`, 'repository', join('publisher', 'bad.example', path), 3),
    ),
  ]
}
