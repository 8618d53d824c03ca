import { attribute, describeProblem, parsePublisherName } from '#model'
import { addPublisher, createRepository, publishPackage, repositoryChangeMessages } from '#repo'

/** A package as its author has it. */
export interface SourcePackage {
  readonly manifest: string
  /** Absolute path of the file that a payload word of the manifest names. */
  readonly findPayload: (word: string) => string
}

/** Makes a repository with one publisher and publishes the packages in order. Throws on the first problem. */
export async function publishAll(
  folder: string,
  publisher: string,
  packages: readonly SourcePackage[],
  now: number,
): Promise<void> {
  const name = parsePublisherName(publisher)
  if (!name.ok) throw new Error(`${publisher} is no publisher name`)
  const created = await createRepository(folder)
  if (!created.ok) throw new Error(describeProblem(repositoryChangeMessages, created.error))
  const added = await addPublisher(created.value, name.value, now)
  if (!added.ok) throw new Error(describeProblem(repositoryChangeMessages, added.error))
  for (const { manifest, findPayload } of packages) {
    const published = await publishPackage({
      repository: added.value,
      manifest,
      findPayload: (action) => findPayload(action.payload ?? attribute(action, 'path') ?? ''),
      now,
    })
    if (!published.ok) throw new Error(describeProblem(repositoryChangeMessages, published.error))
  }
}
