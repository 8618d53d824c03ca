import { describe, expect, test } from 'vitest'
import { actionLines, licenseWarnings, manifestWarnings, parseManifest } from '#model'

function actionsOf(text: string) {
  const parsed = parseManifest(text)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value.actions
}

const own = 'owner=root group=bin mode=0444'
const file = (path: string, more = '') => `file a path=${path} ${own} ${more}`

describe('warnings of a manifest', () => {
  test.each<[string, readonly string[]]>([
    ['depend type=require fmri=__TBD pkg.debug.depend.file=x', ['unresolved-dependency 0']],
    ['depend type=require-any fmri=a fmri=__TBD', ['unresolved-dependency 0']],
    ['set name=pkg.summary value="for $(ARCH)"', ['unresolved-macro 0']],
    ['file $(WHERE)/a path=a owner=root group=bin mode=0444', ['unresolved-macro 0']],
    ['set name=pkg.description value="costs $5 (or $ (a lot))"', []],
    [`${file('x')}\n${file('x')}`, ['conflict 1 0']],
    [`${file('x')}\nlink path=x target=y`, ['conflict 1 0']],
    [`${file('x')}\n${file('x/y')}`, ['conflict 1 0']],
    [`${file('x/y/z')}\n${file('x/a')}\nlink path=x target=y`, ['conflict 0 2']],
    [`dir path=x owner=root group=bin mode=0755\n${file('x/y')}`, []],
    ['dir path=x owner=root group=bin mode=0755\ndir path=x owner=root group=bin mode=755', []],
    [
      'dir path=x owner=root group=bin mode=0755\ndir path=x owner=root group=bin mode=0711',
      ['conflict 1 0'],
    ],
    ['link path=x target=y\nlink path=x target=y', []],
    ['link path=x target=y\nlink path=x target=z', ['conflict 1 0']],
    ['link path=x target=y\nhardlink path=x target=y', ['conflict 1 0']],
    [
      'link path=x target=y mediator=m mediator-version=1\nlink path=x target=z mediator=m mediator-version=2',
      [],
    ],
    [
      'link path=x target=y mediator=m mediator-version=1\nlink path=x target=z mediator=m mediator-version=1',
      ['conflict 1 0'],
    ],
    [
      'link path=x target=y mediator=m mediator-version=1\nlink path=x target=z mediator=n mediator-version=2',
      ['conflict 1 0'],
    ],
    [`${file('x', 'variant.arch=i386')}\n${file('x', 'variant.arch=sparc')}`, []],
    [`${file('x', 'variant.arch=i386')}\n${file('x', 'variant.zone=global')}`, ['conflict 1 0']],
    [`${file('x', 'variant.arch=i386 variant.arch=sparc')}\n${file('x')}`, []],
    [`${file('x', 'facet.doc=true')}\n${file('x', 'facet.devel=true')}`, ['conflict 1 0']],
    [`${file('x', 'preserve=true overlay=allow')}\n${file('x', 'overlay=true')}`, []],
    [`${file('x', 'overlay=true')}\n${file('x', 'preserve=true overlay=allow')}`, []],
    [`${file('x', 'overlay=allow')}\n${file('x', 'overlay=true')}`, ['conflict 1 0']],
    [
      `${file('x', 'preserve=true overlay=allow overlay-attributes=deny')}\nfile a path=x owner=root group=sys mode=0444 overlay=true`,
      ['conflict 1 0'],
    ],
    ['user username=a group=b\nuser username=a group=c', ['conflict 1 0']],
    ['group groupname=a\nuser username=a group=b', []],
    ['driver name=a\ndriver name=a', ['conflict 1 0']],
    ['license a license=x\nlicense b license=x', []],
  ])('%s', (text, expected) => {
    const found = manifestWarnings(actionsOf(text))
    const shown = found.map(({ kind, action, other }) =>
      [kind, action, other].filter((one) => one !== undefined),
    )
    expect(shown.map((one) => one.join(' '))).toEqual(expected)
  })

  test('of licences need their digests', () => {
    const [a, b] = ['a'.repeat(40), 'b'.repeat(40)]
    const found = (text: string) =>
      licenseWarnings(actionsOf(text)).map(({ action, other }) => [action, other])
    expect(found(`license ${a} license=x\nlicense ${a} license=x\nlicense ${b} license=y`)).toEqual([])
    expect(found(`license ${a} license=x\n${file('f')}\nlicense ${b} license=x`)).toEqual([[2, 0]])
    const apart = `license ${a} license=x variant.arch=i386\nlicense ${b} license=x variant.arch=sparc`
    expect(found(apart)).toEqual([])
  })

  test('a thousand files below a file are one', () => {
    const below = Array.from({ length: 1000 }, (_, number) => file(`x/f${number}`)).join('\n')
    expect(manifestWarnings(actionsOf(`${file('x')}\n${below}`))).toHaveLength(1)
  })
})

test('lines of actions are those of the text', () => {
  const text = `# comment\n\n${file('a')}\nfile b \\\n  path=b ${own}\n\u0085${file('c')}\r\n   \n  ${file('d')}`
  expect(actionLines(text)).toEqual([3, 4, 7, 9])
  expect(actionsOf(text)).toHaveLength(4)
})
