import { type Fmri, formatFmri, type InstallPlan } from '#model'

/** One step of a chain: why the package of the step before is in the plan. FMRIs in full. */
export type ChainLink =
  | { readonly kind: 'asked-for'; readonly pattern: string }
  | { readonly kind: 'required-by'; readonly by: string; readonly dependency: string }
  | { readonly kind: 'held-by' | 'displaced-by' | 'obsoleted-by'; readonly by: string }
  /** The chain ends at a package that is installed and stays. */
  | { readonly kind: 'installed'; readonly package: string }
  | { readonly kind: 'newer-version' | 'rejected' }

/** What happens to one package, and why. */
export interface ReasonChain {
  readonly package: string
  readonly change: 'add' | 'remove' | 'update'
  /** From the nearest cause to the one that needs none. Never empty. */
  readonly chain: readonly ChainLink[]
}

/** The chains of all changes of a plan: added, removed, updated (with the new FMRI), each sorted by stem. */
export function reasonChains(plan: InstallPlan): readonly ReasonChain[] {
  const one = (change: ReasonChain['change']) => (fmri: Fmri) => ({
    package: formatFmri(fmri),
    change,
    chain: chainOf(plan, fmri),
  })
  return [
    ...plan.add.map(({ fmri }) => one('add')(fmri)),
    ...plan.remove.map(one('remove')),
    ...plan.update.map(({ to }) => one('update')(to.fmri)),
  ]
}

function chainOf(plan: InstallPlan, start: Fmri): readonly ChainLink[] {
  const chain: ChainLink[] = []
  const seen = new Set<string>()
  let fmri = start
  for (;;) {
    const { stem } = fmri
    if (seen.has(stem)) throw new Error(`the reasons of ${stem} go round in circles`)
    seen.add(stem)
    const reason = Object.hasOwn(plan.reasons, stem) ? plan.reasons[stem] : undefined
    if (reason === undefined) {
      chain.push({ kind: 'installed', package: formatFmri(fmri) })
      return chain
    }
    if (reason.kind === 'asked-for' || reason.kind === 'newer-version' || reason.kind === 'rejected') {
      chain.push(reason)
      return chain
    }
    chain.push({ ...reason, by: formatFmri(reason.by) })
    // A package that became obsolete, or was renamed, is replaced by a version of its own.
    if (reason.kind === 'obsoleted-by' && reason.by.stem === stem) return chain
    fmri = reason.by
  }
}
