import { describe, expect, it } from 'vitest'
import { change, goodPlan, packageOf } from '../../support/small-image.ts'

const all = [
  'reboot-needed=true',
  'refresh_fmri=svc:/refresh',
  'restart_fmri=svc:/restart',
  'suspend_fmri=svc:/suspend',
  'disable_fmri=svc:/disable',
].join(' ')
/** What is read at each kind of change. Source: image-plan §10. */
const read = {
  install: ['refresh_fmri', 'restart_fmri'],
  update: ['reboot-needed', 'refresh_fmri', 'restart_fmri', 'suspend_fmri'],
  removal: ['disable_fmri', 'reboot-needed', 'refresh_fmri', 'restart_fmri'],
}

function actuators(before: readonly string[], after: readonly string[]): string[] {
  const plan = goodPlan([change(packageOf('p@1', before), packageOf('p@2', after))])
  return plan.actuators.map(({ name, value }) => (name === 'reboot-needed' ? name : `${name} ${value}`))
}
const names = (before: readonly string[], after: readonly string[]): string[] =>
  actuators(before, after).map((text) => text.split(' ')[0]!)

describe.each([
  ['file', 'file content=a path=f', 'file content=b path=f'],
  ['link', 'link path=l target=a', 'link path=l target=b'],
  ['directory', 'dir path=d', 'dir path=d mode=0700'],
  ['driver', 'driver name=d', 'driver name=d alias=x'],
  ['licence', 'license content=a license=l', 'license content=b license=l'],
  ['set', 'set name=info.x value=1', 'set name=info.x value=2'],
  ['depend', 'depend type=require fmri=x', 'depend type=optional fmri=x'],
  ['signature', 'signature algorithm=sha1 value=00', 'signature algorithm=sha256 value=00'],
])('actuators of a %s action', (_, one, two) => {
  it('that comes', () => expect(names([], [`${one} ${all}`])).toEqual(read.install))
  it('that goes', () => expect(names([`${one} ${all}`], [])).toEqual(read.removal))
  it('that changes, by its old and its new form', () => {
    expect(names([`${one} ${all}`], [two])).toEqual(read.update)
    expect(names([one], [`${two} ${all}`])).toEqual(read.update)
  })
  it('that stays', () => expect(names([`${one} ${all}`], [`${one} ${all}`])).toEqual([]))
})

describe('actuators', () => {
  it('of unknown actions, which are never the same, are those of what comes and goes', () => {
    expect(names(['unknown name=a'], [`unknown name=b ${all}`])).toEqual(read.install)
    expect(names([`unknown name=a ${all}`], ['unknown name=b'])).toEqual(read.removal)
  })

  it('are told once each, and not where they say false', () => {
    expect(
      actuators(
        [],
        [
          'file content=a path=f restart_fmri=svc:/a restart_fmri=svc:/b',
          'file content=b path=g restart_fmri=svc:/b refresh_fmri=false',
        ],
      ),
    ).toEqual(['restart_fmri svc:/a', 'restart_fmri svc:/b'])
  })
})
