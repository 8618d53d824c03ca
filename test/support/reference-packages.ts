import { repositoryFiles } from './published-repository.ts'

/** The repository of the reference operations, by what it is asked as. */
export const referenceUri = 'http://one.example/repo'
/** Another publisher's. */
export const otherUri = 'http://two.example/repo'

const contents = new Map<string, string>()

/** A manifest from lines in which a payload action has `text:...` for its content, a word without blanks. */
function packageText(name: string, lines: readonly string[], publisher = 'one.example'): string {
  const [stem, version] = name.split('@')
  const second = String(Number.parseInt(version ?? '', 10)).padStart(2, '0')
  const whole = lines.map((line) => {
    const word = /^(?:file|license) (\S+)/.exec(line)?.[1]
    if (word !== undefined) contents.set(word, `${word.replaceAll('|', '\n')}\n`)
    if (/^(file|dir) /.test(line) && !/ mode=/.test(line))
      return `${line} mode=${line.startsWith('dir') ? '0755' : '0644'}`
    return line
  })
  const owned = whole.map((line) =>
    /^(file|dir) /.test(line) && !/ owner=/.test(line) ? `${line} owner=root group=root` : line,
  )
  return [
    `set name=pkg.fmri value=pkg://${publisher}/${stem}@${version},5.11-1:202601${second}T000000Z`,
    `set name=pkg.summary value="${stem} ${version}"`,
    ...owned,
    '',
  ].join('\n')
}

const base = packageText('system/base@1.0', [
  'file root:x:0:0::/root: path=etc/passwd preserve=true',
  'file root::0:|bin::2:|sys::3: path=etc/group preserve=true',
  'file root:NP:6445:::::: path=etc/shadow preserve=true mode=0400',
  'dir path=usr',
  'dir path=usr/bin group=bin owner=root',
])

const app1 = packageText('tools/app@1.0', [
  'dir path=usr/bin group=bin owner=root',
  'file hello-1 path=usr/bin/hello mode=0555',
  'hardlink path=usr/bin/hi target=hello',
  'link path=usr/bin/greet target=hello',
  'file a path=usr/lib/turns/a',
  'file b path=usr/lib/turns/b mode=0600',
  'dir path=usr/lib/mine owner=bin group=sys mode=0750',
  'file keep-1 path=etc/keep preserve=true',
  'file old-1 path=etc/renameold preserve=renameold',
  'file new-1 path=etc/renamenew preserve=renamenew',
  'file legacy-1 path=etc/legacy preserve=true',
  'file moves-1 path=etc/moves preserve=true',
  'dir path=var/spool/old',
  'license free license=free',
  'legacy pkg=EXapp name=App version=1.0',
])

const app2 = packageText('tools/app@2.0', [
  'dir path=usr/bin group=sys owner=root mode=0751',
  'file hello-2 path=usr/bin/hello mode=4555',
  'hardlink path=usr/bin/hi target=hello',
  'link path=usr/bin/greet target=hi',
  'link path=usr/lib/turns target=lib',
  'file keep-2 path=etc/keep preserve=true mode=0640',
  'file old-2 path=etc/renameold preserve=renameold',
  'file new-2 path=etc/renamenew preserve=renamenew',
  'file legacy-2 path=etc/legacy preserve=legacy',
  'file moves-2 path=opt/moved preserve=true original_name=tools/app:etc/moves mode=0600',
  'dir path=var/spool/new salvage-from=var/spool/old',
  'license freer license=free',
])

const daemon = packageText('service/daemon@1.0', [
  'depend type=require fmri=system/base',
  'group groupname=exgrp gid=101',
  'user username=exusr uid=101 group=exgrp',
  'dir path=var/ex owner=exusr group=exgrp mode=0550',
  'file d path=var/ex/data owner=exusr group=exgrp mode=0400',
])

const renames = [
  packageText('old/name@1.0', [
    'file moved path=usr/share/name/data',
    'file same path=usr/share/name/same',
    'link path=usr/share/current target=name',
  ]),
  packageText('old/name@2.0', ['set name=pkg.renamed value=true', 'depend type=require fmri=new/name@2.0']),
  packageText('new/name@2.0', [
    'file moved path=usr/share/new-name/data',
    'file same path=usr/share/name/same',
    'link path=usr/share/current target=new-name',
  ]),
  packageText('tools/gone@1.0', ['file gone path=opt/gone/file', 'dir path=opt/gone/empty']),
  packageText('tools/gone@2.0', ['set name=pkg.obsolete value=true']),
]

const overlays = [
  packageText('over/lower@1.0', ['file lower path=etc/over preserve=true overlay=allow']),
  packageText('over/upper@1.0', ['file upper path=etc/over preserve=true overlay=true']),
]

const mediated = ['1', '2'].map((version) =>
  packageText(`runtime/tool-${version}@1.0`, [
    `file tool-${version} path=usr/tool/${version}/bin/tool mode=0555`,
    `link path=usr/bin/tool target=../tool/${version}/bin/tool mediator=tool mediator-version=${version}`,
  ]),
)

const flavours = packageText('tools/flavour@1.0', [
  'file plain path=usr/flavour/plain',
  'file manual path=usr/flavour/doc/manual facet.doc=true',
  'file manual-de path=usr/flavour/doc/manual.de facet.locale.de=true',
  'file bare path=usr/flavour/kind variant.colour=bare mode=0644',
  'file red path=usr/flavour/kind variant.colour=red mode=0600',
  'file red-only path=usr/flavour/red/only variant.colour=red',
  'file conf path=etc/flavour preserve=true revert-tag=flavour',
])

const terms = packageText('tools/terms@1.0', [
  'license terms license=terms must-accept=true',
  'license more license=more',
  'file x path=usr/terms/x',
  'hardlink path=usr/terms/y target=x',
  'hardlink path=usr/terms/deep/z target=../x',
])

const early = [base, app1, daemon, ...renames.filter((text) => text.includes('@1.0')), ...overlays]
const all = [base, app1, app2, daemon, ...renames, ...overlays, ...mediated, flavours, terms]
const other = [packageText('tools/extra@1.0', ['file extra path=opt/extra'], 'two.example')]

/** What the repositories have at first. */
export const firstRepositories = new Map([[referenceUri, repositoryFiles(early, contents)]])

/** What they have later: newer versions, more packages, another publisher. */
export const laterRepositories = new Map([
  [referenceUri, repositoryFiles(all, contents)],
  [otherUri, repositoryFiles(other, contents)],
])
