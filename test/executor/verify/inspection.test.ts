import { describe, expect, it } from 'vitest'
import { inspectPackages, type ManifestReader } from '#executor'
import {
  createImageFilter,
  type Fmri,
  parseAction,
  parseFmri,
  parseManifest,
  selectActions,
  type ValidationProblem,
} from '#model'

const filter = createImageFilter(new Map([['variant.arch', 'i386']]), [])

interface PackageText {
  readonly fmri: Fmri
  readonly text: string
}

function packageFrom(stem: string, lines: readonly string[]): PackageText {
  const fmri = parseFmri(`pkg://test/${stem}@1,5.11:20260101T000000Z`)
  return fmri.ok ? { fmri: fmri.value, text: `${lines.join('\n')}\n` } : expect.fail('a bad package')
}

/** Reads packages as an image does; `read` gets the paths of the actions that were parsed to be looked at. */
function readerOf(packages: readonly PackageText[], isWhole: boolean, read: string[] = []) {
  const textOf = (fmri: Fmri): string => packages.find((each) => each.fmri === fmri)!.text
  return {
    read: (fmri) => parseManifest(textOf(fmri)),
    readWanted: (fmri, wants, visit) =>
      selectActions(textOf(fmri), isWhole ? () => true : wants, (action) => {
        read.push(String(action.attributes.get('path')))
        visit(action)
      }),
  } satisfies ManifestReader<ValidationProblem>
}

function actionOf(line: string) {
  const action = parseAction(line)
  return action.ok ? action.value : expect.fail('it parses')
}

describe('an inspection of installed packages', () => {
  const packages = [
    packageFrom('one', [
      'dir path=usr owner=root group=bin mode=0755',
      'dir path=usr/bin owner=root group=bin mode=0755',
      'dir path=usr/sparc owner=root group=bin mode=0755 variant.arch=sparc',
      'file 1 path=usr/bin/a owner=root group=bin mode=0755',
      'link path=usr/bin/py target=py2 mediator=py mediator-version=2',
      'file 1 path=etc/conf owner=root group=bin mode=0644 overlay=allow preserve=true',
    ]),
    packageFrom('two', [
      'dir path=usr owner=root group=bin mode=0755',
      'link path=usr/bin/b target=a',
      'link path=usr/bin/py target=py3 mediator=py mediator-version=3',
      'file 2 path=etc/conf owner=root group=bin mode=0644 overlay=true',
    ]),
  ]
  const fmris = packages.map(({ fmri }) => fmri)

  it.each([
    ['that are read in part', false],
    ['that are read whole', true],
  ])('tells links, overlays and directories of packages %s', (_, isWhole) => {
    const inspected = inspectPackages(fmris, readerOf(packages, isWhole), filter, [])
    const inspection = inspected.ok ? inspected.value : expect.fail(inspected.error.code)
    expect(['usr', 'usr/bin', 'usr/sparc', 'usr/bin/a'].map(inspection.isDirectory)).toEqual([
      true,
      true,
      false,
      false,
    ])
    const [one, two] = fmris
    expect(inspection.overlaidBy('etc/conf', one!)?.action.payload).toBe('2')
    expect(inspection.overlaidBy('etc/conf', two!)).toBeUndefined()
    expect(inspection.overlaidBy('usr/bin/a', two!)).toBeUndefined()
    const link = (version: number) =>
      actionOf(`link path=usr/bin/py target=py${version} mediator=py mediator-version=${version}`)
    expect([2, 3].map((version) => inspection.linkChosen(link(version)))).toEqual([false, true])
  })

  it('reads neither files nor links, and each directory once', () => {
    const read: string[] = []
    inspectPackages(fmris, readerOf(packages, false, read), filter, [])
    expect(read).toEqual(['usr', 'usr/bin', 'usr/sparc', 'usr/bin/py', 'etc/conf', 'usr/bin/py', 'etc/conf'])
  })
})
