import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  describeVerifyFinding,
  openRepository,
  type Repository,
  type RepositoryProblem,
  verifyPublisher,
} from '#repo'
import { createPayloadPool } from '../../../cli/platform/payload-pool.ts'
import { buildBulkWorker } from '../../support/bulk-worker.ts'
import { publishRepository } from '../../support/published-repository.ts'
import { publisherOf, type TemporaryFolder, temporaryFolder } from '../../support/small-repository.ts'

const example = publisherOf('small.example')
const files = 120
let worker: Awaited<ReturnType<typeof buildBulkWorker>>
let folder: TemporaryFolder
let repository: Repository

beforeAll(async () => {
  worker = await buildBulkWorker()
  folder = temporaryFolder()
  const contents = new Map<string, string>()
  const manifests = ['a', 'b'].map((name) => {
    const lines = [`set name=pkg.fmri value=pkg://small.example/${name}@1,5.11:20260101T000000Z`]
    for (let number = 0; number < files; number++) {
      contents.set(`${name}${number}`, `content ${name} ${number}`)
      lines.push(`file ${name}${number} path=${name}${number} owner=root group=bin mode=0444`)
    }
    // Both packages have this one.
    lines.push('file a7 path=shared owner=root group=bin mode=0444')
    return `${lines.join('\n')}\n`
  })
  publishRepository(folder.path, manifests, contents)
  const opened = await openRepository(folder.path)
  if (!opened.ok) throw new Error(JSON.stringify(opened.error))
  repository = opened.value
  damage()
})
afterAll(() => {
  worker.remove()
  folder.remove()
})

/** Every seventh payload gets other content, becomes a directory, or is removed. */
function damage(): void {
  const place = join(folder.path, 'publisher', 'small.example', 'file')
  const paths = readdirSync(place).flatMap((part) =>
    readdirSync(join(place, part)).map((name) => join(place, part, name)),
  )
  for (const [index, path] of paths.sort().entries()) {
    if (index % 7 !== 0) continue
    if (index % 3 === 0) writeFileSync(path, 'damaged')
    else rmSync(path)
    if (index % 3 === 1) mkdirSync(path)
  }
}

async function report(options: Parameters<typeof verifyPublisher>[2] = {}): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const finding of verifyPublisher(repository, example, options))
    lines.push(describeVerifyFinding(finding))
  return lines
}

describe('the pool of verification', () => {
  it('reports what the calling thread reports, in the same order', async () => {
    const alone = await report()
    expect(alone.length).toBeGreaterThan(2 * Math.floor(files / 7))
    const pool = createPayloadPool(worker.path, { few: 20, workers: 2 })
    const seen: number[] = []
    try {
      const onProgress = ({ done, total }: { done: number; total: number }) => {
        expect(total).toBe(2 * (files + 1))
        seen.push(done)
      }
      expect(await report({ check: pool.check, onProgress })).toEqual(alone)
    } finally {
      await pool.close()
    }
    expect(seen).toEqual(Array.from({ length: 2 * (files + 1) + 1 }, (_, index) => index))
  })

  /** A worker that answers with a problem of its own, and ends after some answers. */
  function answering(answers: number): string {
    const path = join(folder.path, `stub-${answers}.mjs`)
    const lines = [
      "import { parentPort } from 'node:worker_threads'",
      `let left = ${answers}`,
      "const problem = ({ expected }) => ({ code: 'ips::repository_error::not_found', uri: 'stub', object: expected.name })",
      "parentPort.on('message', (list) => {",
      '  if (left-- <= 0) process.exit(0)',
      '  parentPort.postMessage({ problems: list.map(problem) })',
      '})',
    ]
    writeFileSync(path, lines.join('\n'))
    return path
  }
  const asked = Array.from({ length: 200 }, (_, number) => {
    const name = number.toString(16).padStart(40, '0')
    return {
      path: join(folder?.path ?? '', 'absent'),
      uri: 'own',
      expected: { name, size: undefined, storedSize: undefined, digests: [] },
    }
  })
  const originOf = (problem: RepositoryProblem | undefined) =>
    problem?.code === 'ips::repository_error::not_found' ? `${problem.uri} ${problem.object}` : 'none'

  it.each<[string, number, number, string]>([
    ['leaves the work to threads', 1000, 0, 'stub'],
    ['does few in the calling thread', 1000, 200, 'own payload'],
    ['does alone what threads leave undone that end at once', 0, 0, 'own payload'],
  ])('%s', async (_name, answers, few, by) => {
    const pool = createPayloadPool(answering(answers), { few, workers: 2 })
    try {
      const problems = await Promise.all(asked.map(pool.check))
      expect(problems.map(originOf)).toEqual(asked.map(({ expected }) => `${by} ${expected.name}`))
    } finally {
      await pool.close()
    }
  })

  it('keeps the answers of threads that end later', async () => {
    const pool = createPayloadPool(answering(2), { few: 0, workers: 2 })
    try {
      const origins = (await Promise.all(asked.map(pool.check))).map(originOf)
      expect(origins.map((one) => one.split(' ').at(-1))).toEqual(asked.map(({ expected }) => expected.name))
      expect(origins.filter((one) => one.startsWith('stub'))).toHaveLength(2 * 2 * 16)
    } finally {
      await pool.close()
    }
  })

  it('gives answers in any order to a report in order', async () => {
    const alone = await report()
    const pool = createPayloadPool(worker.path, { few: 1000 })
    const pauses = [3, 0, 1]
    let asked = 0
    const found = await report({
      check: async (payload) => {
        await new Promise((resolve) => setTimeout(resolve, pauses[asked++ % pauses.length]))
        return pool.check(payload)
      },
    })
    expect(found).toEqual(alone)
  })
})
