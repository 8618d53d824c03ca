import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attack } from './attack.ts'
import { type AttackWorld, change } from './attack-world.ts'
import { sealedJournal } from './sealed-journal.ts'
import { wholeTree } from './whole-tree.ts'

const goodSteps = {
  displace: { do: 'displace', path: 'usr/lib/one', to: 'old/0' },
  place: { do: 'place', from: 'new/1', path: 'usr/lib/one' },
  attributes: {
    do: 'attributes',
    path: 'usr/lib',
    before: { mode: 0o777, uid: 0, gid: 0 },
    after: { mode: 0o755, uid: 0, gid: 0 },
  },
}

/** Journals that nobody wrote, or somebody else. */
const journals: readonly (readonly [string, object])[] = [
  ['path with ..', { displacing: [{ ...goodSteps.displace, path: '../outside/precious' }] }],
  ['absolute path', { displacing: [{ ...goodSteps.displace, path: '/outside/precious' }] }],
  [
    'stage name with ..',
    { displacing: [{ ...goodSteps.displace, to: 'old/../../../../../outside/precious' }] },
  ],
  [
    'stage name that is a path',
    { displacing: [{ ...goodSteps.displace, to: '../../../../outside/precious' }] },
  ],
  ['operation with ..', { operation: '../../../../outside' }],
  ['backup with ..', { placing: [{ ...goodSteps.place, backup: '../../../../../outside/precious' }] }],
  ['placed from outside', { placing: [{ ...goodSteps.place, from: '../../../../../outside/precious' }] }],
  ['attributes outside', { placing: [{ ...goodSteps.attributes, path: '../outside' }] }],
  [
    'directory made outside',
    { placing: [{ do: 'make-directory', path: '../outside/empty', mode: 511, uid: 0, gid: 0 }] },
  ],
  [
    'directory removed outside',
    { displacing: [{ do: 'remove-directory', path: '../outside/made', mode: 511, uid: 0, gid: 0 }] },
  ],
  [
    'tree with content outside',
    {
      placing: [{ do: 'place-tree', from: 'new/1', path: 'usr/lib', content: ['../../../outside/precious'] }],
    },
  ],
  [
    'tree put back outside',
    {
      displacing: [
        { do: 'displace-tree', path: 'usr/lib', to: 'old/0', content: ['../../../outside/made/'] },
      ],
    },
  ],
  ['unknown step', { displacing: [{ do: 'explode', path: 'usr' }] }],
  ['steps that are no list', { displacing: 'all' }],
  ['wrong format', { format: 99 }],
  ...[
    'installed.db',
    'installed.snapshot',
    'pkg6.image.json',
    'lock',
    'journal',
    'stage',
    'publisher',
  ].flatMap((name): readonly (readonly [string, object])[] => {
    const path = `var/pkg/${name}`
    return [
      [`removal of ${name}`, { placing: [{ ...goodSteps.place, path }] }],
      [`displacement of ${name}`, { displacing: [{ ...goodSteps.displace, path }] }],
      [
        `tree in the place of ${name}`,
        { displacing: [{ do: 'displace-tree', path, to: 'old/0', content: ['x'] }] },
      ],
    ]
  }),
  ...['var', 'var/pkg', 'VAR/PKG', 'var/pkg/license/../installed.db'].map(
    (path): readonly [string, object] => [
      `displacement of ${path}`,
      { displacing: [{ ...goodSteps.displace, path }] },
    ],
  ),
  [
    'good steps, then one that is not',
    { placing: [goodSteps.attributes, { ...goodSteps.place, path: '..' }] },
  ],
]

/** The image without its history, which records each attempt. */
function imageTree(world: AttackWorld): string {
  return wholeTree(world.image, (path) => /^var\/pkg\/(history|modified|reserve)$/.test(path)).join('\n')
}

/** An interrupted run whose journal and stage are as told; what was there must still be there after it was refused. */
async function recoverBy(world: AttackWorld, text: string, plant: (stage: string) => void): Promise<string> {
  const stage = join(world.metadata, 'stage', '1-1')
  mkdirSync(join(stage, 'new'), { recursive: true })
  mkdirSync(join(stage, 'old'))
  writeFileSync(join(stage, 'old', '0'), 'evil\n')
  writeFileSync(join(world.metadata, 'journal'), text)
  plant(stage)
  const before = imageTree(world)
  const answer = await world.act((image) => change(image, 'uninstall', 'tools/base'))
  return imageTree(world) === before ? answer : `${answer}, and the image was changed`
}

/** Stages that are none: what a sound journal puts back would come from there. */
const stages: readonly (readonly [string, (stage: string, world: AttackWorld) => void])[] = [
  ['all of it leads outside', (stage, { outside }) => swap(join(stage, '..'), outside)],
  ['that of the run leads outside', (stage, { outside }) => swap(stage, outside)],
  ['what goes leads outside', (stage, { outside }) => swap(join(stage, 'old'), outside)],
  ['what comes leads outside', (stage, { outside }) => swap(join(stage, 'new'), outside)],
]

function swap(path: string, target: string): void {
  renameSync(path, `${path}.away`)
  symlinkSync(target, path)
}

/** Journals of others, sound journals of which a byte was changed, and sound ones beside a swapped stage. */
export function journalAttacks(): readonly Attack[] {
  const sound = { format: 2, operation: '1-1', base: 1, displacing: [], placing: [] }
  const putsBack = { ...sound, placing: [{ ...goodSteps.place, backup: 'old/0' }] }
  const text = `${sealedJournal(putsBack)}\nplacing\n`
  const end = text.indexOf('\n', text.indexOf('\n') + 1)
  const forged = journals.map(
    ([name, changes]): Attack => ({
      name: `journal: ${name}`,
      kind: 'full',
      answers: ['ips::installer_error::bad_journal'],
      run: (world) => recoverBy(world, `${sealedJournal({ ...sound, ...changes })}\nplacing\n`, () => {}),
    }),
  )
  const damaged = Array.from({ length: 24 }, (_, index) => Math.floor((index * end) / 24)).map(
    (at): Attack => ({
      name: `journal: byte ${at} changed`,
      kind: 'full',
      answers: ['ips::installer_error::bad_journal'],
      run: (world) =>
        recoverBy(
          world,
          `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ 1)}${text.slice(at + 1)}`,
          () => {},
        ),
    }),
  )
  const swapped = stages.map(
    ([name, plant]): Attack => ({
      name: `journal: sound, with a stage of which ${name}`,
      kind: 'full',
      answers: ['ips::installer_error::recovery_failed'],
      run: (world) => recoverBy(world, text, (stage) => plant(stage, world)),
    }),
  )
  return [...forged, ...damaged, ...swapped]
}
