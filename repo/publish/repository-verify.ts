import { join } from 'node:path'
import type { PublisherName } from '#model'
import { describeProblem, formatFmri, takesPayload } from '#model'
import { folderUri } from '../folder-uri.ts'
import { streamStored } from '../layout/stored-file.ts'
import { defaultSizeLimits } from '../limits.ts'
import { expectPayload, payloadPath } from '../payload/payload.ts'
import { checkPieces, startPayloadCheck } from '../payload/payload-check.ts'
import { type RepositoryProblem, repositoryMessages } from '../problems.ts'
import { readManifests } from './repository-catalog.ts'
import { readPublisherCatalog } from './repository-catalog-files.ts'
import type { Repository } from './repository-open.ts'

/** Something wrong in a repository. */
export type VerifyFinding =
  | { readonly kind: 'catalog'; readonly path: string; readonly reason: string }
  | { readonly kind: 'manifest'; readonly path: string; readonly reason: string }
  | {
      readonly kind: 'payload'
      readonly fmri: string
      readonly path: string
      readonly problem: RepositoryProblem
    }

/** Checks the catalog, every manifest and every payload of a publisher; reads only. Throws the error of a failed disk call. */
export async function* verifyPublisher(
  repository: Repository,
  publisher: PublisherName,
): AsyncGenerator<VerifyFinding> {
  const folder = join(repository.root, 'publisher', publisher)
  const catalog = await readPublisherCatalog(folder)
  const reason =
    !catalog.ok && catalog.error.code === 'ips::repository_error::bad_catalog'
      ? catalog.error.reason
      : 'it is missing'
  if (!catalog.ok || catalog.value === undefined)
    yield { kind: 'catalog', path: join(folder, 'catalog'), reason }
  const sound = new Set<string>()
  for (const found of readManifests(folder, publisher)) {
    if ('reason' in found) {
      yield { kind: 'manifest', ...found }
      continue
    }
    for (const action of found.manifest.actions) {
      if (!takesPayload(action.type) || (action.type === 'signature' && action.payload === undefined))
        continue
      const uri = folderUri(repository.root)
      const expected = expectPayload(action, uri)
      const fmri = formatFmri(found.fmri)
      if (!expected.ok) {
        yield { kind: 'payload', fmri, path: found.path, problem: expected.error }
        continue
      }
      const { name, size, storedSize, digests } = expected.value
      // Equal statements about a payload need one look.
      const statement = JSON.stringify([name, size, storedSize, digests])
      if (sound.has(statement)) continue
      const path = join(folder, 'file', payloadPath(name))
      const check = startPayloadCheck(expected.value, uri, defaultSizeLimits.payload)
      const problem = await checkPieces(check, streamStored({ path, uri, object: `payload ${name}` }))
      if (problem === undefined) sound.add(statement)
      else yield { kind: 'payload', fmri, path, problem }
    }
  }
}

/** One line about a finding. */
export function describeVerifyFinding(finding: VerifyFinding): string {
  if (finding.kind !== 'payload') return `${finding.path}: ${finding.reason}`
  return `${finding.fmri}: ${finding.path}: ${describeProblem(repositoryMessages, finding.problem)}`
}
