import { describe, expect, it } from 'vitest'
import { file, mediated, p } from '../../support/plan-cases.ts'
import { change, goodPlan } from '../../support/small-image.ts'

const picked = (setting: string | undefined) => {
  const offered = p('a@1', [mediated('py2', '2'), mediated('py3', '3')])
  const plan = goodPlan([change(undefined, offered)], {
    mediators: [{ mediator: 'py', version: setting, implementation: undefined }],
  })
  return Array.from(plan.changes, ({ new: link }) => link?.action.attributes.get('target'))
}

describe('facts of a plan', () => {
  it('delivers the link of the chosen mediation', () => {
    expect([picked(undefined), picked('2'), picked('3')]).toEqual([['py3'], ['py2'], ['py3']])
  })
  it('names packages, payloads, licences and actuators', () => {
    const one = p('a@1', [
      'file content=1 path=f restart_fmri=svc:/x',
      'license content=L license=L must-accept=true',
      file('same'),
    ])
    const two = p('a@2', [
      'file content=22 path=f restart_fmri=svc:/x suspend_fmri=svc:/y',
      'license content=M license=L must-accept=True must-display=true',
      file('same', 'mode=0600'),
    ])
    const plan = goodPlan([change(one, two)])
    expect(plan.packages).toEqual([{ from: one.fmri, to: two.fmri }])
    expect(Array.from(plan.payloads, ({ action }) => action.attributes.get('path') ?? 'L')).toEqual([
      'f',
      'L',
    ])
    expect(plan.licenses).toMatchObject([
      { name: 'L', mustAccept: true, mustDisplay: true, replaces: { mustAccept: true, mustDisplay: false } },
    ])
    expect(plan.actuators).toEqual([
      { name: 'restart_fmri', value: 'svc:/x' },
      { name: 'suspend_fmri', value: 'svc:/y' },
    ])
    expect(plan.installBytes).toBe(2 + 1 + 4)
  })
  it('counts a payload once, however many files have it', () => {
    const bytes = (...lines: readonly string[]) =>
      goodPlan([change(undefined, p('a@1', lines))]).downloadBytes
    const line = (text: string, path: string) => `file content=${text} path=${path}`
    const each = bytes(line('x', 'a'))
    expect(each).toBeGreaterThan(0)
    expect(bytes(line('x', 'a'), line('x', 'b'), line('y', 'c'))).toBe(2 * each)
  })
  it('names a package that only a mediator affects', () => {
    const kept = p('a@1', [mediated('py2', '2')])
    const plan = goodPlan([change(undefined, p('b@1', [mediated('py3', '3'), file('f')]))], { kept: [kept] })
    expect(plan.packages.map(({ from, to }) => [from?.stem, to?.stem])).toEqual([[undefined, 'b']])
  })
})
