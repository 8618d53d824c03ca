import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noMounts } from '../support/mounts.ts'
import { publishRepository } from '../support/published-repository.ts'
import { sampled } from '../support/sampling.ts'
import { projectRoot } from '../support/shared-data.ts'

/* The built program on real file systems, mounted in a private mount name space. */

const program = join(projectRoot, 'dist', 'bin', 'pkg6.cjs')
const reason = existsSync(program) ? noMounts() : 'the program has not been built'
if (reason !== undefined) process.stderr.write(`skipped: images on several file systems: ${reason}\n`)

const file = (name: string, path: string, more = '') =>
  `file ${name} path=${path} owner=root group=root mode=0644 ${more}`
const manifests = [
  [
    'set name=pkg.fmri value=pkg://t/app@1.0-1',
    file('one', 'opt/app/bin'),
    'hardlink path=opt/app/bin2 target=bin',
    'dir path=opt/app/data owner=root group=root mode=0755',
    file('one', 'opt/app/data/x'),
    file('one', 'etc/app.conf', 'preserve=renameold'),
    file('one', 'usr/share/app/x'),
    file('one', 'usr/share/app/deep/y'),
  ].join('\n'),
  [
    'set name=pkg.fmri value=pkg://t/app@2.0-1',
    file('two', 'opt/app/bin'),
    'hardlink path=opt/app/bin2 target=bin',
    file('two', 'etc/app.conf', 'preserve=renameold'),
    file('two', 'usr/share/new/x'),
  ].join('\n'),
]

const contents = new Map([
  ['one', 'one\n'],
  ['two', 'two\n'],
])

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pkg6-disks-'))
  publishRepository(join(folder, 'repo'), manifests, contents)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Shell functions: `pkg` runs the program in `img`; `refused` expects it to fail with a text in its output; `has` compares a file. */
const words = `
pkg() { "$NODE" "$PKG6" -R img "$@" >out 2>&1 || { echo "failed: $*"; cat out; exit 1; }; }
refused() { text=$1; shift; if "$NODE" "$PKG6" -R img "$@" >out 2>&1; then echo "done: $*"; exit 1; fi
  grep -qF "$text" out || { echo "says no $text:"; cat out; exit 1; }; }
has() { [ "$(cat "$1")" = "$2" ] || { echo "$1 is not $2"; exit 1; }; }
gone() { [ ! -e "$1" ] || { echo "$1 is there"; exit 1; }; }
clean() { if find . -name '.pkg6-stage-*' -o -name journal -o -name stage | grep .; then exit 1; fi; }
create() { "$NODE" "$PKG6" image-create -F -p "file://$PWD/repo" img >out 2>&1 || { cat out; exit 1; }; }
`

/** Runs a shell script in a mount name space of its own. Its output ends with `right`. */
function run(script: string): void {
  const done = spawnSync('unshare', ['-m', 'sh', '-euc', `${words}\n${script}\necho right`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      HOME: folder,
      XDG_CACHE_HOME: join(folder, 'cache'),
      NODE: process.execPath,
      PKG6: program,
    },
  })
  expect(`${done.stdout}${done.stderr}`).toBe('right\n')
}

describe.skipIf(reason !== undefined)('an image on real disks', () => {
  it('takes, changes and loses packages on several file systems', () => {
    run(`create
      mkdir img/opt img/etc img/usr
      cp -a img/var var.copy; mount -t tmpfs -o mode=755 tmpfs img/var; cp -a var.copy/. img/var/
      mount -t tmpfs -o mode=1777 tmpfs img/opt
      mkdir plain; mount --bind plain img/etc
      pkg install app@1.0; clean; has img/opt/app/bin one
      echo mine >img/etc/app.conf; mkdir img/opt/app/data/deep; echo mine >img/opt/app/data/deep/mine
      pkg update; clean; pkg verify
      has img/opt/app/bin2 two; has img/etc/app.conf two; has img/etc/app.conf.old mine
      has "$(find img/var/pkg/lost+found -name mine)" mine
      gone img/opt/app/data; [ img/opt/app/bin -ef img/opt/app/bin2 ]
      pkg uninstall app; clean; gone img/opt/app; has img/etc/app.conf.old mine`)
  })

  it('leaves a mount point below a removed directory alone', () => {
    run(`create; pkg install app@1.0
      mkdir img/opt/app/data/v; mount -t tmpfs tmpfs img/opt/app/data/v; echo precious >img/opt/app/data/v/db
      refused 'something is mounted at opt/app/data/v' uninstall app
      has img/opt/app/data/v/db precious; has img/opt/app/bin one; clean; pkg verify
      touch plain; mount --bind plain img/usr/share/app/x
      refused 'something is mounted' update; has img/usr/share/app/deep/y one`)
  })

  it.each(sampled(['off'], ['off', 'on']))('lies over a lower layer, redirect_dir=%s', (redirect) => {
    run(`create; pkg install app@1.0; mv img lower
      mkdir lower/opt/app/data/deep; echo mine >lower/opt/app/data/deep/mine; echo mine >lower/etc/app.conf
      mkdir top img; mount -t tmpfs tmpfs top; mkdir top/up top/work
      mount -t overlay -o "lowerdir=lower,upperdir=top/up,workdir=top/work,redirect_dir=${redirect}" overlay img
      pkg update; clean; pkg verify; has img/opt/app/bin2 two; gone img/usr/share/app
      has "$(find img/var/pkg/lost+found -name mine)" mine
      pkg install app@1.0; pkg uninstall app; clean; gone img/opt/app; gone img/usr/share
      has lower/opt/app/bin one`)
  })

  it.skipIf(sampled(true, false))(
    'refuses to replace metadata that cannot be renamed, and works as the help says',
    () => {
      run(`again() { "$NODE" "$PKG6" image-create -f -F -p "file://$PWD/repo" img >out 2>&1; }
      never() { if again; then echo done; exit 1; fi; grep -qF "$1" out || { cat out; exit 1; }; cp out said; pkg list app; clean; }
      create; pkg install app@1.0; mkdir img/var/pkg/ssl; echo secret >img/var/pkg/ssl/key; mv img lower
      mkdir top img; mount -t tmpfs tmpfs top; mkdir top/up top/work
      mount -t overlay -o lowerdir=lower,upperdir=top/up,workdir=top/work overlay img
      never 'lower layer of an overlay file system'
      sh -euc "$(sed -n 's/.*run the command again: \\(cp -a .*\\)/\\1/p' said)"; again || { cat out; exit 1; }
      has img/var/pkg/ssl/key secret; clean; umount img
      rmdir img; mv lower img; cp -a img/var/pkg copy; mount -t tmpfs tmpfs img/var/pkg; cp -a copy/. img/var/pkg/
      never 'something is mounted there'
      umount img/var/pkg; again || { cat out; exit 1; }; clean; has img/var/pkg/ssl/key secret`)
    },
  )
})
