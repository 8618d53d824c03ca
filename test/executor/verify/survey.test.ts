import { describe, expect, it } from 'vitest'
import { type KeptPackage, surveyPackages } from '#executor'
import { createImageFilter, parseAction, parseFmri, parseManifest, selectActions } from '#model'

const filter = createImageFilter(new Map([['variant.arch', 'i386']]), [])

/** A package as an image has it: read anew each time; `read` counts the actions that were parsed to be looked at. */
function packageFrom(stem: string, lines: readonly string[], read: string[]): KeptPackage {
  const text = `${lines.join('\n')}\n`
  const fmri = parseFmri(`pkg://test/${stem}@1,5.11:20260101T000000Z`)
  const manifest = parseManifest(text)
  if (!fmri.ok || !manifest.ok) throw new Error('a bad package')
  return {
    fmri: fmri.value,
    manifest: manifest.value,
    *select(wants) {
      for (const action of selectActions(text, wants, () => expect.fail('it parses'))) {
        read.push(String(action.attributes.get('path')))
        yield action
      }
    },
  }
}

function actionOf(line: string) {
  const action = parseAction(line)
  return action.ok ? action.value : expect.fail('it parses')
}

describe('a survey of installed packages', () => {
  const read: string[] = []
  const packages = [
    packageFrom(
      'one',
      [
        'dir path=usr owner=root group=bin mode=0755',
        'dir path=usr/bin owner=root group=bin mode=0755',
        'dir path=usr/sparc owner=root group=bin mode=0755 variant.arch=sparc',
        'file 1 path=usr/bin/a owner=root group=bin mode=0755',
        'link path=usr/bin/py target=py2 mediator=py mediator-version=2',
        'file 1 path=etc/conf owner=root group=bin mode=0644 overlay=allow preserve=true',
      ],
      read,
    ),
    packageFrom(
      'two',
      [
        'dir path=usr owner=root group=bin mode=0755',
        'link path=usr/bin/b target=a',
        'link path=usr/bin/py target=py3 mediator=py mediator-version=3',
        'file 2 path=etc/conf owner=root group=bin mode=0644 overlay=true',
      ],
      read,
    ),
  ]
  const whole = packages.map(({ fmri, manifest }) => ({ fmri, manifest }))

  it.each([
    ['that are read in part', packages],
    ['that are read whole', whole],
  ])('tells links, overlays and directories of packages %s', (_, given) => {
    const survey = surveyPackages(given, filter, [])
    expect(['usr', 'usr/bin', 'usr/sparc', 'usr/bin/a'].map(survey.isDirectory)).toEqual([
      true,
      true,
      false,
      false,
    ])
    const [one, two] = given.map(({ fmri }) => fmri)
    expect(survey.overlaidBy('etc/conf', one!)?.action.payload).toBe('2')
    expect(survey.overlaidBy('etc/conf', two!)).toBeUndefined()
    expect(survey.overlaidBy('usr/bin/a', two!)).toBeUndefined()
    const link = (version: number) =>
      actionOf(`link path=usr/bin/py target=py${version} mediator=py mediator-version=${version}`)
    expect([2, 3].map((version) => survey.linkChosen(link(version)))).toEqual([false, true])
  })

  it('reads neither files nor links, and each directory once', () => {
    read.length = 0
    surveyPackages(packages, filter, [])
    expect(read).toEqual(['usr', 'usr/bin', 'usr/sparc', 'usr/bin/py', 'etc/conf', 'usr/bin/py', 'etc/conf'])
  })
})
