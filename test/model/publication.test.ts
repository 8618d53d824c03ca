import { describe, expect, test } from 'vitest'
import { describeProblem, modelMessages, parseManifest, validateForPublication } from '#model'

/** Reasons of all faults, in order; empty when the manifest may be published. */
function faults(text: string): readonly string[] {
  const parsed = parseManifest(text)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const checked = validateForPublication(parsed.value)
  if (checked.ok) return []
  if (checked.error.code !== 'ips::validation_error::bad_manifest') throw new Error(checked.error.code)
  return checked.error.errors.map(({ reason }) => reason)
}

const file = 'file NOHASH path=a owner=root group=bin mode=0444'

describe('what may be published', () => {
  test.each([
    'set name=pkg.fmri value=pkg://p/a@1.0,5.11-0\nset name=pkg.summary value="a b"',
    'set name=pkg.obsolete value=true\nset name=pkg.fmri value=a@1',
    'set name=pkg.renamed value=true\ndepend type=require fmri=b',
    'depend type=require fmri=__TBD',
    'depend type=require-any fmri=a fmri=b@1-2',
    'depend type=conditional fmri=a predicate=b',
    'depend type=origin fmri=a root-image=true',
    `${file} preserve=true preserve-version=1.0 pkg.size=1 facet.doc=true`,
    'dir path=a owner=root group=bin mode=755',
    'dir path=a owner=root group=bin mode=01777',
    'link path=a target=b mediator=m mediator-version=1',
    'license NOHASH license=x',
    'user username=a group=b uid=5 group-list=c group-list=d',
    'group groupname=a gid=5',
    'driver name=a alias=b alias=c',
    'unknown a=b a=c',
    'legacy pkg=a desc="x y"',
    'signature algorithm=rsa-sha256 value=ab',
    'set name=pkg.additional-update-on-uninstall value=a@1 value=b',
  ])('%s', (text) => {
    expect(faults(text)).toEqual([])
  })
})

describe('what may not (manifest-and-actions §2)', () => {
  test.each<[string, readonly RegExp[]]>([
    ['set name=pkg.summary value=a value=b', [/pkg.summary may only have one value/]],
    ['set name=pkg.additional-update-on-uninstall value=_a', [/bad fmri/]],
    ['set name=pkg.fmri value=a@1.00', [/leading zeros/]],
    ['set name=pkg.fmri value=a@1\nset name=pkg.fmri value=b@1', [/more than one/]],
    ['depend fmri=a', [/type is required/, /unknown dependency type/]],
    ['depend type=bogus fmri=a', [/unknown dependency type/]],
    ['depend type=require fmri=_a', [/bad fmri/]],
    ['depend type=require fmri=a@00', [/leading zeros/]],
    ['depend type=require fmri=a fmri=b', [/fmri may only be given once/]],
    ['depend type=conditional fmri=a', [/predicate is required/]],
    ['depend type=conditional fmri=a predicate=__TBD', [/predicate: bad fmri/]],
    ['depend type=require fmri=a predicate=b', [/predicate is only for/]],
    ['depend type=require fmri=a root-image=true', [/root-image is only for/]],
    ['depend type=require fmri=a ignore-check=x ignore-check=y', [/ignore-check may only/]],
    ['dir path=a', [/owner is required/, /group is required/, /mode is required/]],
    ['dir path=a owner=" " group=bin mode=0755', [/owner is required/]],
    ['dir path=a owner=a owner=b group=bin mode=0755', [/owner may only/]],
    ...['75', '0888', '10755', '000755', '0x1ff', 'rwx', '+755'].map((mode): [string, readonly RegExp[]] => [
      `dir path=a owner=root group=bin mode=${mode}`,
      [/mode must be/],
    ]),
    [`${file} pkg.size=1k`, [/pkg.size must be a whole number/]],
    [`${file} pkg.size=""`, [/pkg.size must be a whole number/]],
    [`${file} pkg.size=1 pkg.size=2`, [/pkg.size may only/]],
    [`${file} overlay=allow overlay=true`, [/overlay may only/]],
    [`${file} preserve-version=1`, [/needs preserve/]],
    [`${file} preserve=true preserve-version=1-2`, [/must be dotted numbers/]],
    [`${file} facet.doc=true facet.doc=all`, [/facet.doc may only/]],
    [`${file} reboot-needed=true reboot-needed=true`, [/reboot-needed may only/]],
    ['link path=a', [/target is required/]],
    ['link path=a target=b mediator=m', [/needs mediator-version/]],
    ['hardlink path=a target=b mediator-version=1', [/without mediator/]],
    ['license NOHASH license=x must-accept=true must-accept=true', [/must-accept may only/]],
    ['legacy pkg=a desc=x desc=y', [/desc may only/]],
    ['user username=a', [/group is required/]],
    ['user username=a group=b uid=x', [/uid must be a whole number/]],
    ['group groupname=a gid=1 gid=2', [/gid may only/]],
    ['signature algorithm=x', [/value is required/]],
    ['set name=a value="b\tc"', [/reads back the same/]],
    ['set name=a value="b c\\\\"', [/reads back the same/]],
    ['set name=pkg.obsolete value=true\ndepend type=require fmri=a', [/obsolete package holds only/]],
    ['set name=pkg.renamed value=true', [/needs a require dependency/]],
    ['set name=pkg.renamed value=true\ndepend type=optional fmri=a', [/needs a require dependency/]],
    [`set name=pkg.renamed value=true\ndepend type=require fmri=a\n${file}`, [/renamed package holds only/]],
    [
      'set name=pkg.renamed value=true\nset name=pkg.obsolete value=true\ndepend type=require fmri=a',
      [/cannot be both/, /obsolete package holds only/],
    ],
  ])('%s', (text, expected) => {
    expect(faults(text)).toEqual(expected.map((one) => expect.stringMatching(one)))
  })

  test('all faults are told together, with the place of the action', () => {
    const parsed = parseManifest(`set name=a value=b\ndir path=a\n${file} pkg.size=x`)
    if (!parsed.ok) throw new Error('does not parse')
    const checked = validateForPublication(parsed.value)
    expect(checked.ok ? '' : describeProblem(modelMessages, checked.error)).toMatchInlineSnapshot(`
      "bad manifest:
        line 2: owner is required: dir path=a
        line 2: group is required: dir path=a
        line 2: mode is required: dir path=a
        line 3: pkg.size must be a whole number: file NOHASH group=bin mode=0444 owner=root path=a pkg.size=x"
    `)
  })
})
