import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Environment variable that is set in a process with a private mount name space. */
const inside = 'PKG6_MOUNT_SPACE'

/** Why nothing can be mounted here; undefined: it can. */
export function noMounts(): string | undefined {
  if (process.platform !== 'linux') return 'mount name spaces are those of Linux'
  if (process.getuid?.() !== 0) return 'only root may mount'
  const tried = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { encoding: 'utf8' })
  return tried.status === 0 ? undefined : `mounting failed: ${(tried.stderr ?? '').trim()}`
}

/**
 * Runs a script of this project again, with the same arguments, in a private mount name space, and takes over its exit code. True: this
 * process is the second run. False: the second run has ended, or mounting is impossible, which is printed.
 */
export function enterMountSpace(root: string, name: string): boolean {
  if (process.env[inside] !== undefined) return true
  const reason = noMounts()
  if (reason !== undefined) {
    process.stdout.write(`skipped: ${name} on other disks: ${reason}\n`)
    return false
  }
  const words = [join(root, 'scripts', 'run.mjs'), `scripts/${name}.ts`, ...process.argv.slice(2)]
  const run = spawnSync('unshare', ['-m', process.execPath, ...words], {
    stdio: 'inherit',
    env: { ...process.env, [inside]: '1' },
  })
  process.exitCode = run.status ?? 1
  return false
}

function mount(...words: readonly string[]): void {
  const done = spawnSync('mount', words, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`mount ${words.join(' ')}: ${done.stderr}`)
}

/** Mounts an empty file system in memory on a directory. */
export function mountTmpfs(path: string): void {
  mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', path)
}

/** Makes a directory that shows a lower layer, over which changes go to memory. Directories of the layer cannot be renamed. */
export function mountOverlay(lower: string, path: string): void {
  const upper = `${path}.upper`
  mkdirSync(path)
  mkdirSync(upper)
  mountTmpfs(upper)
  for (const name of ['changes', 'work']) mkdirSync(`${upper}/${name}`)
  const layers = `lowerdir=${lower},upperdir=${upper}/changes,workdir=${upper}/work,redirect_dir=off`
  mount('-t', 'overlay', '-o', layers, 'overlay', path)
}

/** Unmounts the file systems at a path, below it, and at the directories that `mountOverlay` made beside it. */
export function unmountBelow(path: string): void {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
  const isOurs = (point: string): boolean =>
    [path, `${path}.upper`].includes(point) || point.startsWith(`${path}/`)
  for (const point of points.filter(isOurs).reverse()) spawnSync('umount', ['-l', point])
}
