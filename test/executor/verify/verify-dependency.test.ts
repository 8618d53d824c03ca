import { describe, expect, it } from 'vitest'
import { type Finding, verifyPackage } from '#executor'
import { type Fmri, parseFmri } from '#model'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import { createSmallImage, inspectionOf, packageOf, plainFilter } from '../../support/small-image.ts'

function fmri(text: string): Fmri {
  const parsed = parseFmri(`pkg://test/${text},5.11:20260101T000000Z`)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}

function findings(
  line: string,
  options: {
    readonly installed?: readonly string[]
    readonly avoided?: readonly string[]
    readonly files?: Readonly<Record<string, string>>
  } = {},
): readonly Finding[] {
  const fs: MemoryFilesystem = createMemoryFilesystem()
  createSmallImage(fs)
  for (const [path, text] of Object.entries(options.files ?? {})) fs.plant(`/image/${path}`, text)
  const installed = new Map<string, Fmri>((options.installed ?? []).map(fmri).map((one) => [one.stem, one]))
  return verifyPackage({
    filesystem: fs,
    root: '/image',
    metadata: '/image/var/pkg',
    ...packageOf('app@1', [line]),
    filter: plainFilter,
    linkChosen: inspectionOf([]).linkChosen,
    overlaidBy: () => undefined,
    installedSet: { installed: (stem) => installed.get(stem), avoided: new Set(options.avoided) },
    isDirectory: () => false,
    isDelivered: () => false,
    asRoot: true,
  })
}

const lib1 = 'pkg://test/lib@1.0,5.11:20260101T000000Z'
const lib2 = 'pkg://test/lib@2.0,5.11:20260101T000000Z'

/** Dependency, installed, and what is wrong with it. Source: fmri-and-version §4.1. */
const dependencies: [string, string[], string | undefined][] = [
  ['type=require fmri=lib@1.0', ['lib@1.0'], undefined],
  ['type=require fmri=lib@1.0', ['lib@2.0'], undefined],
  ['type=require fmri=lib', ['lib@1.0'], undefined],
  ['type=require fmri=lib@1.0', [], 'require dependency pkg:/lib@1.0 is not installed'],
  ['type=require fmri=lib@1.5', ['lib@1.0'], `require dependency pkg:/lib@1.5 is downrev (${lib1})`],
  ['type=optional fmri=lib@1.5', [], undefined],
  ['type=optional fmri=lib@1.5', ['lib@1.0'], `optional dependency pkg:/lib@1.5 is downrev (${lib1})`],
  ['type=incorporate fmri=lib@1.0', [], undefined],
  ['type=incorporate fmri=lib@1', ['lib@1.0'], undefined],
  ['type=incorporate fmri=lib@1', ['lib@2.0'], `incorporate dependency pkg:/lib@1 is uprev (${lib2})`],
  ['type=incorporate fmri=lib@2', ['lib@1.0'], `incorporate dependency pkg:/lib@2 is downrev (${lib1})`],
  ['type=incorporate fmri=lib', ['lib@1.0'], undefined],
  ['type=exclude fmri=lib@2', ['lib@1.0'], undefined],
  ['type=exclude fmri=lib@2', ['lib@2.0'], `exclude dependency pkg:/lib@2 is installed (${lib2})`],
  ['type=exclude fmri=lib', ['lib@1.0'], `exclude dependency pkg:/lib is installed (${lib1})`],
  ['type=exclude fmri=lib', [], undefined],
  ['type=conditional predicate=x@1 fmri=lib@1', ['x@1', 'lib@1.0'], undefined],
  ['type=conditional predicate=x@1 fmri=lib@1', [], undefined],
  ['type=conditional predicate=x@2 fmri=lib@1', ['x@1'], undefined],
  [
    'type=conditional predicate=x@1 fmri=lib@1',
    ['x@1'],
    'conditional dependency pkg:/lib@1 is not installed',
  ],
  ['type=require-any fmri=lib@2 fmri=x', ['x@1', 'lib@1.0'], undefined],
  [
    'type=require-any fmri=lib@2 fmri=x',
    ['lib@1.0'],
    'require-any dependency: none of pkg:/lib@2, pkg:/x is installed',
  ],
  ['type=group fmri=lib', [], 'group dependency pkg:/lib is not installed'],
  ['type=group fmri=lib@9', ['lib@1.0'], undefined],
  ['type=group fmri=shunned', [], undefined],
  ['type=group-any fmri=lib fmri=shunned', ['lib@1.0'], undefined],
  ['type=group-any fmri=lib fmri=shunned', [], 'group-any dependency: none of pkg:/lib is installed'],
  ['type=group-any fmri=shunned', [], undefined],
  ['type=origin fmri=lib@2', [], undefined],
  ['type=origin fmri=lib@2', ['lib@1.0'], `origin dependency pkg:/lib@2 is downrev (${lib1})`],
  ['type=origin root-image=true fmri=lib@2', ['lib@1.0'], undefined],
  ['type=parent fmri=lib@2', [], undefined],
  ['type=bogus fmri=lib', [], 'the dependency cannot be read'],
]

describe('depend actions', () => {
  it.each(dependencies)('%s beside %j', (line, installed, wrong) => {
    const found = findings(`depend ${line}`, { installed, avoided: ['shunned'] })
    const severity = line.includes('type=group') ? 'info' : 'error'
    expect(found.map(({ level, text }) => [level, text])).toEqual(
      wrong === undefined ? [] : [[severity, wrong]],
    )
    // No content can mend a dependency.
    for (const { repair } of found) expect(repair).toBeUndefined()
  })

  it('are named by what they depend on', () => {
    expect(findings('depend type=require-any fmri=a fmri=b').map(({ item }) => item)).toEqual([
      'depend: a, b',
    ])
  })
})

describe('driver actions', () => {
  const driver = 'driver name=net alias=pci1,2 alias="pci3,4" class=network'
  it('are not compared in an image without driver files', () => {
    expect(findings(driver)).toEqual([])
  })

  it.each<[string, Record<string, string>, string[]]>([
    ['unbound', { 'etc/name_to_major': '# net 1\nother 2\n' }, ["etc/name_to_major: no entry for 'net'"]],
    [
      'bound',
      {
        'etc/name_to_major': 'net 5\n',
        'etc/driver_aliases': 'net "pci1,2"\nnet pci3,4\nother "pci5"\n',
        'etc/driver_classes': 'net\tnetwork\n',
      },
      [],
    ],
    [
      'bound in part',
      { 'etc/name_to_major': 'net 5\n', 'etc/driver_aliases': 'net "pci1,2"\nother "pci3,4"\n' },
      ["etc/driver_aliases: 'pci3,4' is missing", "etc/driver_classes: 'network' is missing"],
    ],
  ])('tell of drivers that are %s', (_, files, wanted) => {
    const found = findings(driver, { files })
    expect(found.map(({ level, item, text }) => [level, item, text])).toEqual(
      wanted.map((text) => ['warning', 'driver: net', text]),
    )
  })
})

describe('system attributes', () => {
  it('are said to be out of reach, as a note', () => {
    const found = findings('file content=x path=etc/x sysattr=hidden,system', { files: { 'etc/x': 'x' } })
    expect(found.filter(({ level }) => level === 'info').map(({ text }) => text)).toEqual([
      'system attributes (hidden,system) cannot be looked at',
    ])
  })
})
