import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './shared-data.ts'

const folder = join(projectRoot, 'solver', 'minisat-wasm')

/** Whether the SAT kernel is missing or older than anything it is made of. */
function isStale(): boolean {
  const product = join(folder, 'minisat.wasm')
  if (!existsSync(product)) return true
  const built = statSync(product).mtimeMs
  const sources = readdirSync(join(folder, 'assembly')).map((name) => join(folder, 'assembly', name))
  return [join(folder, 'build.mjs'), ...sources].some((source) => statSync(source).mtimeMs > built)
}

const memory = '/dev/shm'
/** Bytes that must be free in memory: many times what all tests use. */
const ROOM = 2 ** 30

/** Whether folders of tests may lie in memory: there is room, and programs and devices work there as on a disk. */
function hasMemory(): boolean {
  if (!existsSync(memory) || !existsSync('/proc/mounts')) return false
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, place]) => place === memory)
  const options = mount?.[3]?.split(',') ?? []
  const { bavail, bsize } = statfsSync(memory)
  const isOpen = options.includes('rw') && (statSync(memory).mode & 0o777) === 0o777
  return isOpen && !options.includes('noexec') && !options.includes('nodev') && bavail * bsize > ROOM
}

/**
 * Runs once before all tests. They need the SAT kernel, which is a build product and not kept in the repository. Their folders lie in
 * memory where that can be, because they make and remove some hundred thousand entries; TMPDIR puts them elsewhere. Gives
 * what removes them afterwards.
 */
export function setup(): () => void {
  if (isStale()) execFileSync(process.execPath, [join(folder, 'build.mjs')], { stdio: 'inherit' })
  if (process.env.TMPDIR !== undefined || !hasMemory()) return () => {}
  // Short: paths of sockets have a hundred characters.
  const scratch = mkdtempSync(join(memory, 'pkg6-'))
  chmodSync(scratch, 0o755)
  process.env.TMPDIR = scratch
  return () => rmSync(scratch, { recursive: true, force: true })
}
