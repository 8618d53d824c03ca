import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { type Attack, delivered, one, refused } from './attack.ts'
import type { PayloadLies } from './hostile-repository.ts'

const owned = 'owner=root group=root'

/** Lines that say what is not so, twice, or in no way that can be meant; `P` becomes the words of a sound payload. */
const lines: readonly (readonly [string, readonly string[]])[] = [
  ['size below zero', [`file P path=usr/x ${owned} mode=0644 pkg.size=-1`]],
  ['size in hexadecimal', [`file P path=usr/x ${owned} mode=0644 pkg.size=0x10`]],
  ['size with an exponent', [`file P path=usr/x ${owned} mode=0644 pkg.size=1e9`]],
  ['size that is no number', [`file P path=usr/x ${owned} mode=0644 pkg.size=NaN`]],
  ['two sizes', [`file P path=usr/x ${owned} mode=0644 pkg.size=1 pkg.size=2`]],
  ['packed size below zero', [`file P path=usr/x ${owned} mode=0644 pkg.csize=-5`]],
  ['two packed sizes', [`file P path=usr/x ${owned} mode=0644 pkg.csize=1 pkg.csize=99999999`]],
  ['chash of another algorithm', [`file P path=usr/x ${owned} mode=0644 chash=${'0'.repeat(64)}`]],
  ['two chashes', [`file P path=usr/x ${owned} mode=0644 chash=${'0'.repeat(40)} chash=${'1'.repeat(40)}`]],
  [
    'content hashes that contradict each other',
    [
      `file P path=usr/x ${owned} mode=0644 pkg.content-hash=file:sha512t_256:${'0'.repeat(64)} pkg.content-hash=file:sha512t_256:${'1'.repeat(64)}`,
    ],
  ],
  ['content hash of an unknown kind', [`file P path=usr/x ${owned} mode=0644 pkg.content-hash=file:md4:00`]],
  ['no hash', [`file NOHASH path=usr/x ${owned} mode=0644`]],
  ['hash that is a path', [`file ../../../outside/precious path=usr/x ${owned} mode=0644`]],
  ['hash that is a name of objects', [`file __proto__ path=usr/x ${owned} mode=0644`]],
  ['hash in capitals', [`file ${'A'.repeat(40)} path=usr/x ${owned} mode=0644`]],
  ['hash as an attribute that is a path', [`file path=usr/x hash=../../x ${owned} mode=0644`]],
  ['mode with too many digits', [`file P path=usr/x ${owned} mode=77777777`]],
  ['mode below zero', [`dir path=usr/x ${owned} mode=-1`]],
  ['mode in letters', [`dir path=usr/x ${owned} mode=rwxr-xr-x`]],
  ['two modes', [`file P path=usr/x ${owned} mode=0644 mode=4755`]],
  ['two paths in one action', [`file P path=usr/x path=../outside/precious ${owned} mode=0644`]],
  ['two targets', ['link path=usr/x target=a target=/outside']],
  ['owner with a colon', ['dir path=usr/x owner=root:0 group=root mode=0755']],
  ['owner that is a number', ['dir path=usr/x owner=0 group=0 mode=0755']],
  [
    'one path twice, both files',
    [`file P path=usr/x ${owned} mode=0644`, `file P path=usr/x ${owned} mode=0600`],
  ],
  [
    'one path twice, a file and a link',
    [`file P path=usr/x ${owned} mode=0644`, 'link path=usr/x target=/outside'],
  ],
  [
    'one path twice, a directory and a link',
    [`dir path=usr/x ${owned} mode=0755`, 'link path=usr/x target=/outside'],
  ],
  [
    'a file, and something below it',
    [`file P path=usr/x ${owned} mode=0644`, `file P path=usr/x/y ${owned} mode=0644`],
  ],
  ['a hard link to itself', ['hardlink path=usr/x target=x']],
  ['hard links in a ring', ['hardlink path=usr/x target=y', 'hardlink path=usr/y target=x']],
  ['a name of another package, twice', ['set name=pkg.fmri value=pkg://bad.example/tools/base@9.0']],
  ['a publisher that is a path', ['set name=publisher value=../../outside']],
  [
    'original_name of another package',
    [`file P path=usr/x ${owned} mode=0644 preserve=true original_name=tools/base:etc/conf`],
  ],
  ['original_name without a path', [`file P path=usr/x ${owned} mode=0644 preserve=true original_name=evil`]],
  ['salvage-from outside', [`dir path=usr/x ${owned} mode=0755 salvage-from=../outside/lib`]],
  ['salvage-from the metadata folder', [`dir path=usr/x ${owned} mode=0755 salvage-from=var/pkg`]],
  ['salvage-from everything', [`dir path=usr/x ${owned} mode=0755 salvage-from=/`]],
  ['a legacy package that is a path', ['legacy pkg=../../../../outside/made name=x version=1']],
  ['a timestamp that is none', [`file P path=usr/x ${owned} mode=0644 timestamp=99999999T999999Z`]],
  ['a timestamp before all time', [`file P path=usr/x ${owned} mode=0644 timestamp=00000101T000000Z`]],
  ['an attribute of a megabyte', [`dir path=usr/x ${owned} mode=0755 comment=${'c'.repeat(1 << 20)}`]],
  [
    'ten thousand attributes',
    [`dir path=usr/x ${owned} mode=0755 ${Array.from({ length: 10_000 }, (_, n) => `a${n}=1`).join(' ')}`],
  ],
  [
    'ten thousand values of one',
    [`set name=x ${Array.from({ length: 10_000 }, (_, n) => `value=${n}`).join(' ')}`],
  ],
  ['twenty thousand actions', Array.from({ length: 20_000 }, (_, n) => `set name=x${n} value=1`)],
  ['a path of a thousand directories', [`dir path=${'d/'.repeat(1000)}d ${owned} mode=0755`]],
  [
    'names of objects',
    [`dir path=__proto__ ${owned} mode=0755`, `dir path=constructor/prototype ${owned} mode=0755`],
  ],
  ['a NUL', [`dir path=usr/a\0b ${owned} mode=0755`]],
  ['a line that never ends a quote', ['set name=x value="']],
  ['a continued last line', ['set name=x value=1 \\']],
  ['control characters', [`dir path="usr/\u001b[2J\r" ${owned} mode=0755`]],
]

const content = Buffer.from('content\n')
const packed = gzipSync(content)

/** Sets flags of a gzip header, and puts bytes behind it. */
function withHeader(flags: number, extra: Uint8Array): Buffer {
  const header = Buffer.from(packed.subarray(0, 10))
  header[3] = flags
  return Buffer.concat([header, extra, packed.subarray(10)])
}

function withTrailer(at: number, value: number): Buffer {
  const changed = Buffer.from(packed)
  changed.writeUInt32LE(value, changed.length + at)
  return changed
}

const members = (count: number, bytes: Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => bytes))
const nested = (depth: number): Buffer => (depth === 0 ? Buffer.alloc(1 << 24) : gzipSync(nested(depth - 1)))

/** Stored forms that are no plain gzip of the content; digests and packed size fit what is stored. */
const encodings: readonly (readonly [string, PayloadLies])[] = [
  ['zlib', { packed: deflateSync(content) }],
  ['zlib bomb', { packed: deflateSync(Buffer.alloc(1 << 25)), size: content.length }],
  ['brotli', { packed: brotliCompressSync(content) }],
  ['nothing', { packed: Buffer.alloc(0) }],
  ['a header only', { packed: packed.subarray(0, 10) }],
  ['a wrong checksum', { packed: withTrailer(-8, 7) }],
  ['a wrong length', { packed: withTrailer(-4, 7) }],
  ['a length of four gigabytes', { packed: withTrailer(-4, 0xffffffff) }],
  ['reserved flags', { packed: withHeader(0xe0, Buffer.alloc(0)) }],
  [
    'a name of a megabyte',
    { packed: withHeader(8, Buffer.concat([Buffer.alloc(1 << 20, 'n'), Buffer.alloc(1)])) },
  ],
  ['a name that is a path', { packed: withHeader(8, Buffer.from('../../../outside/precious\0')) }],
  ['a name without end', { packed: withHeader(8, Buffer.alloc(64, 'n')) }],
  ['an extra field beyond the end', { packed: withHeader(4, Buffer.from([0xff, 0xff])) }],
  ['zeros behind it', { packed: Buffer.concat([packed, Buffer.alloc(4096)]) }],
  ['a byte behind it', { packed: Buffer.concat([packed, Buffer.from([1])]) }],
  ['a header behind it', { packed: Buffer.concat([packed, packed.subarray(0, 10)]) }],
  ['an empty member before it', { packed: Buffer.concat([gzipSync(''), packed]) }],
  ['ten thousand empty members', { packed: members(10_000, gzipSync('')), size: content.length }],
  [
    'a thousand members of a megabyte',
    { packed: members(1000, gzipSync(Buffer.alloc(1 << 20))), size: content.length },
  ],
  ['a bomb in a bomb', { packed: nested(2), size: content.length }],
  ['a bomb that states its size', { packed: gzipSync(Buffer.alloc(1 << 25)), size: 1 << 25 }],
  ['another content of the same size', { stored: gzipSync('CONTENT\n') }],
]

const licences = [
  'license.',
  'a%2fb',
  '%2e%2e',
  'a\nb',
  'a\tb',
  '.hidden',
  '__proto__',
  '\u202e',
  'ü'.repeat(200),
  'x'.repeat(5000),
  'license.base',
  'CON',
]

/** Manifests that lie or contradict themselves, payloads packed in other ways, and names of licences. */
export function manifestAttacks(): readonly Attack[] {
  const answers = [
    ...refused,
    'ok',
    'ips::installer_error::step_failed',
    'ips::installer_error::payload_missing',
  ]
  return [
    ...lines.map(([name, text]) =>
      delivered(
        `manifest with ${name}`,
        (_file, payload) => one(...text.map((line) => line.replace(' P ', ` ${payload('content\n')} `))),
        { answers },
      ),
    ),
    // It is the package that the catalog names, whatever it calls itself.
    delivered(
      'manifest of another package',
      () => [{ name: 'evil@1.0', claims: 'tools/base@9.0', lines: [`dir path=usr/x ${owned} mode=0755`] }],
      { answers: ['ok'] },
    ),
    ...encodings.map(([name, lie]) =>
      delivered(
        `payload packed as ${name}`,
        (_file, payload) => one(`file ${payload(content, lie)} path=usr/lib/liar ${owned} mode=0644`),
        { answers },
      ),
    ),
    ...licences.map((name) =>
      delivered(
        `licence with the name ${JSON.stringify(name.slice(0, 20))}`,
        (_file, payload) => one(`license ${payload('evil\n')} license="${name}"`),
        { answers },
      ),
    ),
  ]
}
