import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  actionDigests,
  formatAction,
  formatManifest,
  manifestFmri,
  parseAction,
  parseDependency,
  parseManifest,
  payloadName,
} from '#model'
import { sharedData } from '../support/shared-data.ts'

const repositories = sharedData('data', 'repos')

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
}

function manifests(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => filesBelow(join(root, entry.name)))
    .filter((path) => /\/publisher\/[^/]+\/pkg\/[^/]+\/[^/]+$/.test(path))
}

describe.skipIf(repositories === undefined)('manifests that the reference implementation wrote', () => {
  const paths = repositories === undefined ? [] : manifests(repositories)

  test('there are many', () => {
    expect(paths.length).toBeGreaterThan(100)
  })

  test('every one parses, names itself, and its dependencies and digests can be read', () => {
    for (const path of paths) {
      const parsed = parseManifest(readFileSync(path, 'utf8'))
      if (!parsed.ok) throw new Error(`${path}: ${JSON.stringify(parsed.error)}`)
      expect(manifestFmri(parsed.value)?.version, path).toBeDefined()
      for (const action of parsed.value.actions) {
        if (action.type === 'depend') expect(parseDependency(action), path).toMatchObject({ ok: true })
        if (action.type !== 'file') continue
        expect(payloadName(action), path).toBeDefined()
        expect(actionDigests(action)[0]?.subject, path).toBe('file')
      }
    }
  })

  test('printing a line that was read is stable', () => {
    let lines = 0
    for (const path of paths) {
      const text = readFileSync(path, 'utf8')
      const parsed = parseManifest(text)
      if (!parsed.ok) throw new Error(path)
      const printed = formatManifest(parsed.value)
      for (const line of printed.split('\n').slice(0, -1)) {
        const again = parseAction(line)
        expect(again.ok && formatAction(again.value), path).toBe(line)
        lines++
      }
    }
    expect(lines).toBeGreaterThan(500)
  })
})
