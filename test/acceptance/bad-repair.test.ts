import { readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostilePublisher } from '../support/hostile-repository.ts'
import { at, inImage, rows, useHostileWorld } from '../support/hostile-world.ts'

useHostileWorld()

const damage = (): void => writeFileSync(at.path('image/usr/one'), 'damaged\n')
const stored = (): string => at.path('repo', 'publisher', hostilePublisher, 'file')
/** The payloads of the repository, one after another. */
function eachPayload(change: (path: string) => void): void {
  for (const folder of readdirSync(stored()))
    for (const name of readdirSync(join(stored(), folder))) change(join(stored(), folder, name))
}
const run = (...words: string[]): readonly string[] => ['-R', 'image', ...words]

rows('repairs that cannot be', [
  {
    name: 'of content the repository lost',
    prepare: () => {
      damage()
      rmSync(stored(), { recursive: true })
    },
    words: run('fix'),
    exit: 1,
    says: ['usr/one', 'file://FOLDER/repo'],
  },
  {
    name: 'of content that is damaged in the repository',
    prepare: () => {
      damage()
      eachPayload((path) => writeFileSync(path, 'not what it was'))
    },
    words: run('fix'),
    exit: 1,
    says: ['usr/one', 'file://FOLDER/repo'],
  },
  {
    name: 'of edited content the repository lost',
    prepare: () => {
      damage()
      rmSync(stored(), { recursive: true })
    },
    words: run('revert', '/usr/one'),
    exit: 1,
    says: ['usr/one', 'file://FOLDER/repo'],
  },
  {
    name: 'behind a link that was planted',
    prepare: () => {
      rmSync(at.path('image/usr'), { recursive: true })
      symlinkSync('../elsewhere', at.path('image/usr'))
    },
    words: run('revert', 'usr/one'),
    exit: 1,
    says: ['usr/one', /Replace usr by a directory/],
  },
  {
    name: 'without the database',
    prepare: () => {
      damage()
      unlinkSync(inImage('installed.db'))
    },
    words: run('fix'),
    exit: 1,
    says: ['installed.db'],
  },
  {
    name: 'with a configuration that is damaged',
    prepare: () => writeFileSync(inImage('pkg6.image.json'), '{'),
    words: run('set-mediator', '-V', '1', 'python'),
    exit: 1,
    says: ['pkg6.image.json'],
  },
])
