import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import type { Image } from '#image'
import { type Attack, type Deliver, delivered, one, operations, refused } from './attack.ts'
import { depotAttacks } from './attack-depots.ts'
import { journalAttacks } from './attack-journals.ts'
import { manifestAttacks } from './attack-manifests.ts'
import { nodeAttacks } from './attack-nodes.ts'
import { type AttackWorld, attackedDisk, type FileLine } from './attack-world.ts'
import { Crash } from './faulty-filesystem.ts'
import type { PayloadLies } from './hostile-repository.ts'
import { interceptFilesystem } from './intercepted-filesystem.ts'

const badPaths: readonly (readonly [string, string])[] = [
  ['..', '../outside/precious'],
  ['.. inside', 'usr/../../outside/precious'],
  ['only ..', '..'],
  ['.. at the end', 'usr/..'],
  ['absolute', '/outside/precious'],
  ['doubly absolute', '//outside/precious'],
  ['dot', './outside'],
  ['inner dot', 'usr/./lib/one'],
  ['empty component', 'usr//lib'],
  ['trailing slash', 'usr/lib/new/'],
  ['over-long name', `usr/${'n'.repeat(256)}`],
  ['over-long path', `${'n/'.repeat(2100)}x`],
  ['over-long in bytes', `usr/${'ü'.repeat(128)}`],
  ['configuration', 'var/pkg/pkg6.image.json'],
  ['database', 'var/pkg/installed.db'],
  ['journal', 'var/pkg/journal'],
  ['stage', 'var/pkg/stage/x'],
  ['lock', 'var/pkg/lock'],
  ['lost+found', 'var/pkg/lost+found/x'],
  ['licences', 'var/pkg/license/x/license.y'],
  ['metadata in capitals', 'VAR/PKG/installed.db'],
  ['metadata in mixed case', 'Var/pKg/journal'],
  ['metadata in full-width letters', 'ｖａｒ/ｐｋｇ/installed.db'],
  ['metadata with the Kelvin sign', 'var/p\u212ag/installed.db'],
  ['metadata with a zero-width joiner', 'va\u200dr/pkg/installed.db'],
  ['metadata with a soft hyphen', 'var/p\u00adkg/journal'],
  ['tmp', 'tmp/x'],
  ['var/tmp', 'var/tmp/x'],
]

/** Leading slashes mean the root of the image, as with pkg5. */
function answersTo(name: string): readonly string[] {
  return name.includes('absolute') ? [...refused, 'ok'] : refused
}

function pathAttacks(): readonly Attack[] {
  return badPaths.flatMap(([name, path]) => {
    const answers = answersTo(name)
    const owned = 'owner=root group=root'
    return [
      delivered(`file, ${name}`, (file) => one(file(path, 'evil\n')), { answers }),
      delivered(`directory, ${name}`, () => one(`dir path=${path} ${owned} mode=0777`), { answers }),
      delivered(`link, ${name}`, () => one(`link path=${path} target=/`), { answers }),
      delivered(`hard link, ${name}`, () => one(`hardlink path=${path} target=usr/lib/one`), { answers }),
      delivered(
        `moved file, ${name}`,
        (file) => one(file('usr/moved', 'evil\n', `preserve=true original_name=tools/base:${path}`)),
        { answers: [...refused, 'ok'] },
      ),
    ]
  })
}

function linkAttacks(): readonly Attack[] {
  const out = '../../outside'
  /** An earlier package makes a link out of the image, and the evil one goes through it. */
  const behindLink = (name: string, line: (file: FileLine) => string, more = ''): Attack =>
    delivered(
      name,
      (file) => [
        { name: 'bridge@1.0', lines: [`link path=usr/bridge target=${out} ${more}`] },
        { name: 'evil@1.0', lines: [line(file)] },
      ],
      { names: ['bridge', 'evil'] },
    )
  return [
    delivered('file below a link of the same package', (file) =>
      one(`link path=usr/bridge target=${out}`, file('usr/bridge/precious')),
    ),
    behindLink('file below a link of an earlier package', (file) => file('usr/bridge/precious')),
    behindLink(
      'directory below a link of an earlier package',
      () => 'dir path=usr/bridge/empty owner=root group=root mode=0777',
    ),
    behindLink(
      'hard link to a file behind a link of an earlier package',
      () => 'hardlink path=usr/mine target=bridge/precious',
    ),
    behindLink(
      'file below a mediated link',
      (file) => file('usr/bridge/precious'),
      'mediator=m mediator-version=1',
    ),
    delivered(
      'directory that becomes a link when updated, with a file of another package in it',
      (file) => [
        { name: 'turn@1.0', lines: ['dir path=usr/turn owner=root group=root mode=0755'] },
        { name: 'turn@2.0', lines: [`link path=usr/turn target=${out}`] },
        { name: 'evil@1.0', lines: [file('usr/turn/precious')] },
      ],
      { names: ['turn@1.0', 'evil', 'turn@2.0'] },
    ),
    ...['../../../outside/precious', '/../outside/precious', '../..', '/', ''].map((target) =>
      delivered(`hard link to ${target || 'nothing'}`, () =>
        one(`hardlink path=usr/evil target="${target}"`),
      ),
    ),
    delivered('set-user-id file in a user image', (file) => one(file('usr/suid', 'x', 'mode=4755')), {
      kind: 'user',
    }),
    delivered('set-group-id file in a user image', (file) => one(file('usr/sgid', 'x', 'mode=2755')), {
      kind: 'user',
    }),
    delivered('user in a user image', () => one('user username=evil group=root uid=0'), { kind: 'user' }),
    delivered('driver in a user image', () => one('driver name=evil'), { kind: 'user' }),
    delivered('three thousand directories, the last one outside', () =>
      one(
        ...Array.from(
          { length: 3000 },
          (_, index) => `dir path=many/${index} owner=root group=root mode=0755`,
        ),
        'dir path=many/../../outside/made owner=root group=root mode=0755',
      ),
    ),
  ]
}

const databases: Deliver = (file) => [
  {
    name: 'system/accounts@1.0',
    lines: [
      file('etc/passwd', 'root:x:0:0::/:\n', 'preserve=true'),
      file('etc/group', 'root::0:\n', 'preserve=true'),
      file('etc/shadow', 'root:NP:1::::::\n', 'preserve=true'),
    ],
  },
]

function accountAttacks(): readonly Attack[] {
  const lines: readonly (readonly [string, string])[] = [
    ['colon in a user name', 'user username=a:0:0 group=root'],
    ['line end in a user name', 'user username="a\nroot2" group=root'],
    ['colon in a home', 'user username=a group=root home-dir=/:/bin/sh'],
    ['line end in a shell', 'user username=a group=root login-shell="/bin/sh\nroot2:x:0:0::/:"'],
    ['line end in a comment', 'user username=a group=root gcos-field="a\nroot2:x:0:0::/:"'],
    ['number that is none', 'user username=a group=root uid=0x0'],
    ['colon in a group name', 'group groupname=a::0'],
    ['line end in a group name', 'group groupname="a\nwheel"'],
    ['path as a user name', 'user username=../../outside/passwd group=root'],
  ]
  return lines.map(([name, line]) =>
    delivered(name, (file, payload) => [...databases(file, payload), ...one(line)], {
      names: ['system/accounts', 'evil'],
      answers: [...refused, ...(name.startsWith('path') ? ['ok'] : [])],
    }),
  )
}

function licenceAttacks(): readonly Attack[] {
  return ['../../../../outside/precious', 'a/b', '..', '.', 'n'.repeat(300), '/outside/precious'].map(
    (name) =>
      delivered(
        `licence ${name.slice(0, 40)}`,
        (_file, payload) => one(`license ${payload('evil\n')} license="${name}"`),
        { answers: [...refused, 'ips::installer_error::step_failed', 'ok'] },
      ),
  )
}

function payloadAttacks(): readonly Attack[] {
  const content = Buffer.from('content\n')
  const big = Buffer.alloc(32 << 20)
  const lies: readonly (readonly [string, PayloadLies])[] = [
    ['decompression bomb', { packed: gzipSync(big), size: 100 }],
    [
      'bomb of several members',
      { packed: Buffer.concat([gzipSync(content), gzipSync(big)]), size: content.length },
    ],
    ['two members', { packed: Buffer.concat([gzipSync(content), gzipSync(content)]) }],
    ['rubbish behind the content', { packed: Buffer.concat([gzipSync(content), Buffer.from('tail')]) }],
    ['cut off', { packed: gzipSync(content).subarray(0, 15) }],
    ['no header', { packed: deflateRawSync(content) }],
    ['no gzip at all', { packed: Buffer.from('plain') }],
    ['other content', { stored: gzipSync('another\n') }],
    ['too small a size', { size: 1 }],
    ['too large a size', { size: 10_000 }],
    ['a size beyond all', { size: 2 ** 52, packedSize: 2 ** 52 }],
    ['too small a packed size', { packedSize: 1 }],
  ]
  return lies.map(([name, lie]) =>
    delivered(`payload: ${name}`, (_file, payload) =>
      one(`file ${payload(content, lie)} path=usr/lib/liar owner=root group=root mode=0644`),
    ),
  )
}

/** Puts a link where a directory of the image is; what was in it goes away with it. */
function swapForLink(world: AttackWorld, path: string, target: string): void {
  renameSync(join(world.image, path), `${world.image}.away`)
  symlinkSync(target, join(world.image, path))
  rmSync(`${world.image}.away`, { recursive: true })
}

function plantedAttacks(): readonly Attack[] {
  const links: readonly (readonly [string, string, string])[] = [
    ['parent, absolute', 'usr/lib', 'OUTSIDE/lib'],
    ['parent, relative', 'usr/lib', '../../outside/lib'],
    ['grandparent', 'usr', '../outside'],
    ['parent of editable files', 'etc', '../outside'],
    ['directory itself', 'opt/base', '../../outside/empty'],
    ['loop', 'usr/lib', 'lib'],
    ['the whole file system', 'usr/lib', '/'],
    ['file, to a file outside', 'usr/lib/one', '../../../outside/precious'],
    ['editable file, to a file outside', 'etc/conf', '../../outside/conf'],
    ['file, to a directory outside', 'usr/lib/two', '../../../outside/lib'],
    ['stage', 'var/pkg/stage', '../../../outside'],
    ['journal', 'var/pkg/journal', '../../../outside/precious'],
    ['new journal', 'var/pkg/journal.new', '../../../outside/precious'],
    ['lost+found', 'var/pkg/lost+found', '../../../outside'],
    ['licence folder', 'var/pkg/license', '../../../outside'],
    ['lock', 'var/pkg/lock', '../../../outside/precious'],
    ['new database', 'var/pkg/installed.db.new', '../../../outside/precious'],
    ['reader copy of the database', 'var/pkg/installed.snapshot', '../../../outside/precious'],
  ]
  return links.flatMap(([name, path, target]) =>
    operations.map(
      ([operation, step]): Attack => ({
        name: `planted link: ${name}, ${operation}`,
        kind: 'full',
        async run(world) {
          const at = join(world.image, path)
          rmSync(at, { recursive: true, force: true })
          mkdirSync(dirname(at), { recursive: true })
          symlinkSync(target.replace('OUTSIDE', world.outside), at)
          return world.act(step)
        },
      }),
    ),
  )
}

function nameAttacks(): readonly Attack[] {
  const names = ['..', '.', '../../outside', 'a/b', '', '/outside', 'a\nb', 'n'.repeat(300)]
  return names.flatMap((name): Attack[] => [
    {
      name: `publisher added: ${JSON.stringify(name.slice(0, 20))}`,
      kind: 'full',
      run: (world) =>
        world.act((image) => image.setPublisher({ name, addOrigins: ['file:///nowhere'], refresh: false })),
    },
    {
      name: `publisher removed: ${JSON.stringify(name.slice(0, 20))}`,
      kind: 'full',
      run: (world) =>
        world.act(async (image) => {
          const removed = await image.removePublishers([name])
          return removed.ok && removed.value.every(({ problem }) => problem !== undefined)
            ? { ok: false }
            : { ok: removed.ok }
        }),
    },
  ])
}

/** Directories that races swap, and what they lead to then. */
const races: readonly (readonly [string, string])[] = [
  ['usr/lib', 'lib'],
  ['etc', '.'],
  ['usr', '.'],
]

/** Swaps a directory of the image for a link outside while a command makes its n-th call. */
function race(
  operation: string,
  step: (image: Image) => Promise<{ readonly ok: boolean }>,
  at: number,
): Attack {
  const [path, target] = races[at % races.length]!
  return {
    name: `race: ${operation}, ${path} swapped at call ${at}`,
    kind: 'full',
    async run(world) {
      let swapped = false
      const disk = interceptFilesystem(attackedDisk, ({ number }) => {
        if (number !== at) return
        swapped = true
        const directory = join(world.image, path)
        if (attackedDisk.lstat(directory)?.type !== 'directory') return
        renameSync(directory, join(world.image, 'kept-away'))
        symlinkSync(join(world.outside, target), directory)
      })
      const answer = await world.act(step, disk)
      return swapped ? answer : 'over before'
    },
  }
}

/** Kills a command at its n-th call, swaps a directory, and lets the next command recover. */
function swappedRecovery(
  operation: string,
  step: (image: Image) => Promise<{ readonly ok: boolean }>,
  at: number,
): Attack {
  const [path, target] = races[at % races.length]!
  return {
    name: `recovery: ${operation} killed at call ${at}, ${path} swapped`,
    kind: 'full',
    async run(world) {
      const disk = interceptFilesystem(attackedDisk, ({ number }) => {
        if (number >= at) throw new Crash(`call ${number}`)
      })
      try {
        await world.act(step, disk)
        return 'over before'
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
      if (attackedDisk.lstat(join(world.image, path))?.type === 'directory')
        swapForLink(world, path, join(world.outside, target))
      return world.act((image) => image.refresh({ publishers: [], full: false, onlyIfDue: true }))
    },
  }
}

function timedAttacks(every: number): readonly Attack[] {
  return operations.flatMap(([operation, step], offset) =>
    Array.from({ length: Math.floor(480 / every) }, (_, index) => 1 + offset + index * every).flatMap(
      (at) => [race(operation, step, at), swappedRecovery(operation, step, at)],
    ),
  )
}

/** All attacks; of those at the n-th call of an operation only every so many. */
export function attacks(every: number): readonly Attack[] {
  return [
    ...pathAttacks(),
    ...linkAttacks(),
    ...accountAttacks(),
    ...licenceAttacks(),
    ...payloadAttacks(),
    ...plantedAttacks(),
    ...manifestAttacks(),
    ...depotAttacks(),
    ...nodeAttacks(),
    ...journalAttacks(),
    ...nameAttacks(),
    ...timedAttacks(every),
  ]
}
