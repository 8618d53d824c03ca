import { describe, expect, it } from 'vitest'
import type { Result } from '#model'
import { ok } from '#model'
import type { PayloadProgress, RepositoryProblem, RepositorySource } from '#repo'
import { originChain } from '#repo'
import { retryingSource } from '../../../repo/source/retry.ts'
import { fmriOf, publisherOf, smallFmri, smallPayload } from '../../support/small-repository.ts'

const small = publisherOf('small.example')

type Answer = 'good' | RepositoryProblem['code']

function problem(uri: string, code: RepositoryProblem['code']): RepositoryProblem {
  switch (code) {
    case 'ips::repository_error::unreachable':
      return { code, uri, reason: 'down', status: undefined }
    case 'ips::repository_error::bad_digest':
      return { code, uri, object: 'x', algorithm: 'sha1', expected: 'a', found: 'b' }
    case 'ips::repository_error::storage':
      return { code, path: '/cache', errno: 'ENOSPC' }
    case 'ips::repository_error::not_a_repository':
      return { code, uri, reason: 'no' }
    default:
      return { code: 'ips::repository_error::not_found', uri, object: 'x' }
  }
}

/** A source that gives its answers in turn, the last one for ever, and notes who was asked what. */
function scripted(name: string, log: string[], ...answers: readonly Answer[]): RepositorySource {
  const uri = `http://${name}/`
  let turn = 0
  const next = <T>(what: string, value: T): Promise<Result<T, RepositoryProblem>> => {
    log.push(`${name} ${what}`)
    const answer = answers[Math.min(turn, answers.length - 1)] ?? 'good'
    turn += 1
    return Promise.resolve(answer === 'good' ? ok(value) : { ok: false, error: problem(uri, answer) })
  }
  return {
    uri,
    fetchPublishers: () => next('publishers', []),
    fetchCatalogFile: () => next('catalog', Buffer.from(name)),
    fetchManifest: () => next('manifest', `from ${name}`),
    fetchPayload: () => next('payload', undefined),
    payloadFolders: async () => [`/${name}`],
    close: async () => {
      log.push(`${name} close`)
    },
  }
}

const down = 'ips::repository_error::unreachable'
const absent = 'ips::repository_error::not_found'
const bad = 'ips::repository_error::bad_digest'
const full = 'ips::repository_error::storage'
const never = 'ips::repository_error::not_a_repository'
const manifest = (source: RepositorySource) => source.fetchManifest(small, fmriOf(smallFmri), undefined)

describe('originChain', () => {
  it.each<[string, Answer[][], number, string[], unknown]>([
    ['the first origin answers', [['good'], ['good']], 4, ['a'], { ok: true, value: 'from a' }],
    ['the first is down', [[down], ['good']], 4, ['a', 'b'], { ok: true, value: 'from b' }],
    ['the first lacks it', [[absent], ['good']], 4, ['a', 'b'], { ok: true, value: 'from b' }],
    ['the first gives another content', [[bad], ['good']], 4, ['a', 'b'], { ok: true, value: 'from b' }],
    ['the first is no repository', [[never], ['good']], 4, ['a', 'b'], { ok: true, value: 'from b' }],
    ['the second round helps', [[down, 'good'], [down]], 4, ['a', 'b', 'a'], { ok: true, value: 'from a' }],
    ['rounds end', [[down], [absent]], 2, ['a', 'b', 'a', 'b'], { ok: false }],
    ['what cannot get better is not asked again', [[never], [down]], 3, ['a', 'b', 'b', 'b'], { ok: false }],
    ['a full disk ends it', [[full], ['good']], 4, ['a'], { ok: false, error: problem('', full) }],
  ])('%s', async (_name, answers, rounds, asked, outcome) => {
    const log: string[] = []
    const chain = originChain(
      answers.map((script, index) => scripted('ab'[index] ?? '', log, ...script)),
      { rounds },
    )
    expect(await manifest(chain)).toMatchObject(outcome as object)
    expect(log).toEqual(asked.map((name) => `${name} manifest`))
  })

  it('lists the last problem of each origin when all failed', async () => {
    const log: string[] = []
    const chain = originChain([scripted('a', log, down), scripted('b', log, absent, bad)], { rounds: 2 })
    const outcome = await manifest(chain)
    expect(outcome).toEqual({
      ok: false,
      error: {
        code: 'ips::repository_error::all_origins_failed',
        object: `manifest ${smallFmri}`,
        causes: [problem('http://a/', down), problem('http://b/', bad)],
      },
    })
  })

  it('has nobody to ask without origins', async () => {
    expect(await manifest(originChain([]))).toEqual({
      ok: false,
      error: { code: 'ips::repository_error::no_origin', publisher: 'small.example' },
    })
  })

  it('asks mirrors first, for payloads only, and closes everybody', async () => {
    const log: string[] = []
    const chain = originChain([scripted('origin', log)], { mirrors: [scripted('mirror', log, absent)] })
    await manifest(chain)
    await chain.fetchPayload(small, smallPayload('x').action, '/x')
    await chain.close()
    expect(log).toEqual([
      'origin manifest',
      'mirror payload',
      'origin payload',
      'mirror close',
      'origin close',
    ])
  })

  it('does the rounds of retrying sources itself', async () => {
    const log: string[] = []
    const sources = [scripted('a', log, down), scripted('b', log)].map((one) => retryingSource(one, 4))
    await manifest(originChain(sources))
    expect(log).toEqual(['a manifest', 'b manifest'])
    log.length = 0
    await manifest(originChain([retryingSource(scripted('c', log, down), 2)]))
    expect(log).toEqual(['c manifest', 'c manifest'])
  })
})

describe('retryingSource', () => {
  it.each<[string, Answer[], number, number, boolean]>([
    ['stops at the first success', [down, down, 'good'], 4, 3, true],
    ['stops after its rounds', [down], 4, 4, false],
    ['does not retry what is final', [never], 4, 1, false],
    ['does not retry a full disk', [full], 4, 1, false],
    ['takes a missing object for missing in the end', [absent], 0, 4, false],
    ['goes on for ever with 0', [down, down, down, down, down, down, 'good'], 0, 7, true],
  ])('%s', async (_name, answers, rounds, count, success) => {
    const log: string[] = []
    const outcome = await manifest(retryingSource(scripted('a', log, ...answers), rounds))
    expect(outcome.ok).toBe(success)
    expect(log).toHaveLength(count)
  })
})

describe('fetchPayloads', () => {
  const requests = Array.from({ length: 60 }, (_, index) => ({
    publisher: small,
    action: smallPayload(`content ${index}`).action,
    destination: `/cache/${index}`,
  }))

  /** Counts how many payloads are under way at a time; each ends when the event loop comes round. */
  function counting(failing: (destination: string) => boolean): RepositorySource & { peak(): number } {
    let running = 0
    let peak = 0
    return {
      ...scripted('a', []),
      peak: () => peak,
      fetchPayload: async (_publisher, _action, destination) => {
        running += 1
        peak = Math.max(peak, running)
        await new Promise((resolve) => setImmediate(resolve))
        running -= 1
        return failing(destination) ? { ok: false, error: problem('http://a/', absent) } : ok(undefined)
      },
    }
  }

  it.each([1, 3, 20])('has at most %i under way', async (concurrency) => {
    const source = counting(() => false)
    const progress: PayloadProgress[] = []
    const onProgress = (step: PayloadProgress) => progress.push(step)
    expect(await originChain([source]).fetchPayloads(requests, { concurrency, onProgress })).toEqual([])
    expect(source.peak()).toBe(concurrency)
    expect(progress.map((step) => step.itemsDone)).toEqual(requests.map((_, index) => index + 1))
    expect(progress.at(-1)?.bytesDone).toBe(progress.at(-1)?.bytesTotal)
    expect(progress.at(-1)?.bytesTotal).toBeGreaterThan(60 * 20)
  })

  it('has 20 under way when nothing is said', async () => {
    const source = counting(() => false)
    await originChain([source]).fetchPayloads(requests)
    expect(source.peak()).toBe(20)
  })

  it('goes on after failures and reports all of them, in order', async () => {
    const source = counting((destination) => destination.endsWith('7'))
    const failures = await originChain([source], { rounds: 1 }).fetchPayloads(requests)
    expect(failures.map((failure) => failure.request.destination)).toEqual([
      '/cache/7',
      '/cache/17',
      '/cache/27',
      '/cache/37',
      '/cache/47',
      '/cache/57',
    ])
    expect(failures[0]?.problem).toMatchObject({ code: 'ips::repository_error::all_origins_failed' })
  })

  it('fetches a destination once', async () => {
    const log: string[] = []
    const [first] = requests
    if (first === undefined) throw new Error('no request')
    await originChain([scripted('a', log)]).fetchPayloads([first, first, first])
    expect(log).toEqual(['a payload'])
  })

  it('does without an origin that keeps failing, and uses the other', async () => {
    const log: string[] = []
    const chain = originChain([scripted('a', log, down), scripted('b', log)], {
      rounds: 1,
      maximumConsecutiveErrors: 4,
    })
    expect(await chain.fetchPayloads(requests, { concurrency: 1 })).toEqual([])
    expect(log.filter((line) => line === 'a payload')).toHaveLength(4)
    expect(log.filter((line) => line === 'b payload')).toHaveLength(60)
  })
})
