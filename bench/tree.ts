import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { randomNumbers } from './generate.ts'

const pack = promisify(gzip)

/** Sizes in bytes at the 0th, 5th, ... 95th per cent of the 117,443 files below `/usr` of a Linux distribution. */
const sizes = [
  0, 185, 409, 583, 740, 935, 1076, 1235, 1443, 1676, 2025, 2482, 3072, 3800, 4986, 6914, 10067, 15159, 24298,
  54080,
]
/** The same at 99 and 99.5 per cent. What is larger is left out: it has two thirds of the bytes and would only measure the disk. */
const tail = [
  [0.95, 54080],
  [0.99, 266641],
  [0.995, 606840],
] as const
/** Files of one directory and of one package, on average, of the same system. */
const FILES_PER_DIRECTORY = 7.5
const FILES_PER_PACKAGE = 250

function between(low: number, high: number, part: number): number {
  return Math.round(Math.exp(Math.log(low + 1) * (1 - part) + Math.log(high + 1) * part)) - 1
}

function sizeAt(share: number): number {
  if (share < 0.95) {
    const place = Math.floor(share * 20)
    return between(sizes[place] ?? 0, sizes[place + 1] ?? 54080, share * 20 - place)
  }
  for (const [index, [from, low]] of tail.entries()) {
    const [to, high] = tail[index + 1] ?? [1, low]
    if (share < to) return between(low, high, (share - from) / (to - from))
  }
  return tail[2][1]
}

const words =
  'the of package image file link path install catalog manifest action origin version facet 0 1 42'.split(' ')

/** Text that packs to about a third, as programs and documents do. */
function textBlock(random: () => number, bytes: number): Buffer {
  const parts: string[] = []
  for (let length = 0; length < bytes; ) {
    const word =
      random() < 0.5 ? words[Math.floor(random() * words.length)]! : random().toString(36).slice(2, 8)
    parts.push(word)
    length += word.length + 1
  }
  return Buffer.from(parts.join(' ')).subarray(0, bytes)
}

interface GeneratedFile {
  readonly path: string
  readonly content: Buffer
  readonly mode: string
}

/** Directories of a shape like that of `/usr`: some flat and wide, most a few levels deep. */
function directoryNames(random: () => number, count: number): string[] {
  const names = ['usr']
  while (names.length < count) {
    const parent = names[Math.floor(random() * names.length)]!
    if (parent.split('/').length > 9) continue
    names.push(`${parent}/d${names.length}`)
  }
  return names
}

function* generateFiles(files: number, seed: number): Generator<GeneratedFile> {
  const random = randomNumbers(seed)
  const block = textBlock(random, 8 << 20)
  const directories = directoryNames(random, Math.max(1, Math.round(files / FILES_PER_DIRECTORY)))
  for (let index = 0; index < files; index++) {
    const size = sizeAt(random())
    const from = Math.floor(random() * (block.length - size))
    const header = Buffer.from(`file ${index}\n`)
    // Neighbours by number are neighbours on disk, as the files of one package are.
    const place = Math.min(
      directories.length - 1,
      Math.floor((index / files) * directories.length + random() * 3),
    )
    yield {
      path: `${directories[place]}/f${index}`,
      content: Buffer.concat([header, block.subarray(from, from + size)]),
      mode: random() < 0.1 ? '0755' : '0644',
    }
  }
}

function hex(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

async function fileLine(file: GeneratedFile, payloads: string): Promise<string> {
  const packed = await pack(file.content, { level: 6 })
  const name = hex('sha1', file.content)
  const path = join(payloads, name.slice(0, 2), name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, packed)
  return [
    `file ${name} path=${file.path} owner=root group=bin mode=${file.mode}`,
    `pkg.size=${file.content.length} pkg.csize=${packed.length} chash=${hex('sha1', packed)}`,
    `pkg.content-hash=file:sha512t_256:${hex('sha512-256', file.content)}`,
    `pkg.content-hash=gzip:sha512t_256:${hex('sha512-256', packed)}`,
  ].join(' ')
}

/** What `generateTree` wrote, relative to its folder: `payloads/XX/HASH`, `manifests/N.p5m`, `plain/` with the same content. */
export interface GeneratedTree {
  readonly packages: number
  readonly bytes: number
}

/** Writes packages of `files` files in all, from a seed, and the same files unpacked for other programs. */
export async function generateTree(folder: string, files: number, seed: number): Promise<GeneratedTree> {
  const payloads = join(folder, 'payloads')
  const manifests = join(folder, 'manifests')
  mkdirSync(manifests, { recursive: true })
  let bytes = 0
  let packages = 0
  let batch: Promise<string>[] = []
  let directories = new Set<string>()
  const finish = async (): Promise<void> => {
    if (batch.length === 0) return
    const lines = [
      `set name=pkg.fmri value=pkg://bench/part/p${packages}@1.0,5.11:20260101T000000Z`,
      ...[...directories].sort().map((path) => `dir path=${path} owner=root group=bin mode=0755`),
      ...(await Promise.all(batch)),
    ]
    writeFileSync(join(manifests, `${packages}.p5m`), `${lines.join('\n')}\n`)
    packages++
    batch = []
    directories = new Set()
  }
  for (const file of generateFiles(files, seed)) {
    bytes += file.content.length
    const plain = join(folder, 'plain', file.path)
    mkdirSync(dirname(plain), { recursive: true })
    writeFileSync(plain, file.content, { mode: Number.parseInt(file.mode, 8) })
    for (let path = dirname(file.path); path !== '.'; path = dirname(path)) directories.add(path)
    batch.push(fileLine(file, payloads))
    if (batch.length >= FILES_PER_PACKAGE) await finish()
  }
  await finish()
  return { packages, bytes }
}
