import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDepotCatalogs } from '../../../repo/depot/depot-catalogs.ts'
import { readPublisherCatalog } from '../../../repo/publish/repository-catalog-files.ts'
import { publishSmall } from '../../support/small-publication.ts'
import { publisherOf, type TemporaryFolder, temporaryFolder } from '../../support/small-repository.ts'

const small = publisherOf('small.example')
let folder: TemporaryFolder
let reads: number
beforeEach(() => {
  folder = temporaryFolder()
  publishSmall(folder.path)
  reads = 0
})
afterEach(() => folder.remove())

function catalogs() {
  return createDepotCatalogs(folder.path, (path) => {
    reads += 1
    return readPublisherCatalog(path)
  })
}

describe('catalogs of a depot', () => {
  it('are parsed once for questions one after another and at the same time', async () => {
    const kept = catalogs()
    const answers = await Promise.all([kept.read(small), kept.read(small)])
    answers.push(await kept.read(small))
    for (const answer of answers) {
      if (!answer.ok) throw new Error(answer.error.code)
      expect(answer.value?.attributes.packageCount).toBeGreaterThan(2)
    }
    expect(reads).toBe(1)
  })

  it('are parsed again when the catalog changed', async () => {
    const kept = catalogs()
    await kept.read(small)
    utimesSync(join(folder.path, 'publisher', small, 'catalog', 'catalog.attrs'), 1, 1)
    await kept.read(small)
    expect(reads).toBe(2)
  })

  it('are asked for again after a failure', async () => {
    const kept = createDepotCatalogs(folder.path, async () => {
      reads += 1
      return {
        ok: false,
        error: { code: 'ips::repository_error::bad_catalog', uri: '', file: '', reason: 'damaged' },
      }
    })
    expect((await kept.read(small)).ok).toBe(false)
    await kept.read(small)
    expect(reads).toBe(2)
  })
})
