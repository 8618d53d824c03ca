import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ActionChange, ManifestReader } from '#executor'
import {
  type Action,
  type Fmri,
  formatAction,
  formatFmri,
  parseManifest,
  selectActions,
  type ValidationProblem,
  type WantsAction,
} from '#model'
import { sampled } from '../../support/sampling.ts'
import {
  change,
  goodPlan,
  type PackageManifest,
  packageOf,
  planOf,
  readerOf,
  shortChanges,
} from '../../support/small-image.ts'

const path = fc.constantFrom('a', 'a/b', 'a/b/c', 'a/d', 'e', 'e/f', 'e/f/g', 'x y', 'm')
const hash = fc.constantFrom('1', '2').map((digit) => digit.repeat(40))
const quoted = (text: string): string => (text.includes(' ') ? `"${text}"` : text)
const line = fc.oneof(
  fc
    .tuple(path, fc.constantFrom('0755', '0700'))
    .map(([at, mode]) => `dir path=${quoted(at)} owner=root group=bin mode=${mode}`),
  fc
    .tuple(
      path,
      hash,
      fc.constantFrom(
        '',
        ' overlay=allow preserve=true',
        ' facet.doc=true',
        ' note="of path=a/b"',
        ' \tpath.x=1',
      ),
    )
    .map(([at, name, more]) => `file ${name} path=${quoted(at)} owner=root group=bin mode=0644${more}`),
  path.map((at) => `file ${'3'.repeat(40)} owner=root group=bin mode=0644 path=/${at.replace(' ', '')}`),
  path.map((at) => `link path=${quoted(at)} target=t`),
  fc
    .tuple(path, fc.constantFrom('1', '2'))
    .map(
      ([at, version]) => `link path=${quoted(at)} target=t${version} mediator=m mediator-version=${version}`,
    ),
  fc.tuple(path, path).map(([at, to]) => `hardlink path=${quoted(at)} target=${quoted(`/${to}`)}`),
  fc.constantFrom(
    '  user username=u group=g',
    'license 4444 license=L',
    '# file path=a',
    'set name=x value=y',
    '',
    'file 5 \\\npath=a/b owner=root group=bin mode=0644',
  ),
)
const text = fc.array(line, { maxLength: 8 }).map((lines) => `${lines.join('\n')}\n`)

function packages(prefix: string, texts: readonly string[]): PackageManifest[] {
  return texts.flatMap((each, index) => {
    const manifest = parseManifest(each)
    const { fmri } = packageOf(`${prefix}${index}@1`, [])
    return manifest.ok ? [{ fmri, manifest: manifest.value }] : []
  })
}

function shown(plan: ReturnType<typeof planOf>): unknown {
  const side = (owned: ActionChange['new']) =>
    owned && `${formatFmri(owned.fmri)} ${formatAction(owned.action)}`
  return plan.ok
    ? Array.from(plan.value.changes, (each) => [each.kind, side(each.old), side(each.new)])
    : plan.error
}

/** Of a package that stays only what matters is read, so the plan must not show it. */
it('plans the same whether packages that stay are read whole or in part', () => {
  let read = 0
  let all = 0
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 3 }),
      fc.array(text, { maxLength: 2 }),
      fc.array(text, { minLength: 1, maxLength: 3 }),
      (from, to, kept) => {
        const [old, next, whole] = [packages('p', from), packages('p', to), packages('k', kept)]
        const changes = [...old, ...next.slice(old.length)].map((each, index) =>
          change(old[index], next[index] ?? (index % 2 === 0 ? undefined : each)),
        )
        const usable = changes.filter((each) => each.from !== undefined || each.to !== undefined)
        const textOf = (fmri: Fmri): string => {
          const lines = whole.find((each) => each.fmri === fmri)!.manifest.actions.map(formatLine)
          return kept.find((one) => JSON.stringify(actionsOf(one).map(formatLine)) === JSON.stringify(lines))!
        }
        const reader = readerOf([...old, ...next, ...whole])
        const inPart: ManifestReader<ValidationProblem> = {
          read: reader.read,
          readWanted(fmri, wants, visit) {
            // The old version of a package is read in the same way, but wholly.
            if (whole.every((each) => each.fmri !== fmri)) return reader.readWanted(fmri, wants, visit)
            all += actionsOf(textOf(fmri)).length
            return selectActions(textOf(fmri), wants, (action) => {
              read++
              visit(action)
            })
          },
        }
        const options = { kept: whole, manifests: inPart as ManifestReader<never> }
        expect(shown(planOf(usable, options))).toEqual(shown(planOf(usable, { kept: whole })))
      },
    ),
    { numRuns: sampled(400, 1500), seed: 4 },
  )
  expect(read).toBeLessThan(all)
})

function actionsOf(one: string): readonly Action[] {
  const manifest = parseManifest(one)
  return manifest.ok ? manifest.value.actions : []
}

const formatLine = (action: Action): string => formatAction(action)

/** The actions that a selection passes on. */
function selected(given: string, wants: WantsAction) {
  const lines: string[] = []
  const done = selectActions(given, wants, (action) => void lines.push(formatAction(action)))
  return done.ok ? lines : done.error.code
}

it('gives everything where everything is wanted, and reads no further than the path of what is not', () => {
  fc.assert(
    fc.property(text, (given) => {
      fc.pre(parseManifest(given).ok)
      expect(selected(given, () => true)).toEqual(actionsOf(given).map(formatLine))
    }),
  )
  const broken = 'file 1 path=usr/x "\nfile 2 path=usr/y =\n'
  expect(selected('file 2 path=usr/y =\n', (path) => path !== 'usr/y')).toEqual([])
  expect(selected(broken, () => false)).toBe('ips::validation_error::bad_manifest')
})

describe('manifests', () => {
  /** A package that counts how often its manifest is looked at. */
  function counted(each: PackageManifest): PackageManifest & { reads: number } {
    return {
      fmri: each.fmri,
      reads: 0,
      get manifest() {
        this.reads++
        return each.manifest
      },
    }
  }
  const p = packageOf
  const file = (at: string) => `file content="${at}" path=${at}`
  const moved = (name: string) => p(name, [file('usr/bin/x'), 'dir path=usr/bin'])

  it('are read once each where no key is a conflict candidate', () => {
    const packages = [
      p('a@1', [file('usr/a'), 'dir path=usr']),
      p('b@1', [file('usr/b'), 'link path=l target=usr/b']),
    ]
    const [a, b] = packages.map(counted)
    const old = counted(p('c@1', [file('usr/c'), file('usr/d')]))
    const next = counted(p('c@2', [file('usr/c'), file('usr/e')]))
    const kept = counted(p('k@1', [file('usr/k'), 'dir path=usr']))
    const plan = goodPlan([change(undefined, a), change(b, undefined), change(old, next)], { kept: [kept] })
    expect(shortChanges(plan)).toEqual([
      '- link l',
      '- file usr/d',
      '- file usr/b',
      '+ dir usr',
      '+ file usr/a',
      '+ file usr/e',
    ])
    expect([a, b, old, next, kept].map((each) => each!.reads)).toEqual([1, 1, 1, 1, 1])
  })
  it('of packages that claim one key are read twice, those of others once', () => {
    const from = counted(moved('from@1'))
    const to = counted(moved('to@1'))
    const other = counted(p('other@1', [file('usr/other')]))
    const plan = goodPlan([change(from, undefined), change(undefined, to), change(undefined, other)])
    expect(shortChanges(plan)).toEqual(['+ file usr/other'])
    expect([from, to, other].map(({ reads }) => reads)).toEqual([2, 2, 1])
  })
  it('are not held by a plan: what it needs of them is a copy', () => {
    const coming = p('a@1', [file('usr/a'), 'dir path=usr'])
    const [, change_] = goodPlan([change(undefined, coming)]).changes
    const given = coming.manifest.actions[0]!
    expect(change_!.new!.action).not.toBe(given)
    expect(formatAction(change_!.new!.action)).toBe(formatAction(given))
  })
})

it('compares two versions of a package that is too large to be held twice', () => {
  const linesOf = (version: number) =>
    Array.from({ length: 4500 }, (_, index) =>
      index === version ? '' : `link path=usr/l${index} target=${index % 1000 === 7 ? version : 'x'}`,
    ).filter((line) => line !== '')
  const [one, two] = [packageOf('p@1', linesOf(1)), packageOf('p@2', linesOf(2))]
  expect(shortChanges(goodPlan([change(one, two)]))).toEqual([
    '- link usr/l2',
    '+ link usr/l1',
    ...['usr/l1007', 'usr/l2007', 'usr/l3007', 'usr/l4007', 'usr/l7'].map((path) => `~ link ${path}`),
  ])
})
