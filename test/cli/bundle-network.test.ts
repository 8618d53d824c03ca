import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startServer } from '../support/local-server.ts'
import { projectRoot } from '../support/shared-data.ts'
import { temporaryFolder, writeSmallRepository } from '../support/small-repository.ts'
import { staticDepot } from '../support/static-depot.ts'

const bundle = join(projectRoot, 'dist', 'bin', 'pkg6repo.mjs')
if (!existsSync(bundle)) process.stderr.write('skipped: the bundle has not been built\n')

// The bundler gives packages other names for what they export than Node does, so only the bundle can tell.
describe.skipIf(!existsSync(bundle))('the built pkg6repo', () => {
  it('reads a depot', async () => {
    const folder = temporaryFolder()
    writeSmallRepository(folder.path, [])
    const server = await startServer(staticDepot(folder.path, { prefixed: true, publisher: 'small.example' }))
    try {
      const words = [bundle, 'get', '-H', '-s', server.uri, '-p', 'small.example', 'publisher/prefix']
      const { stdout, stderr } = await promisify(execFile)(process.execPath, words)
      expect(stderr).toBe('')
      expect(stdout).toBe('small.example publisher prefix   small.example\n')
    } finally {
      await server.close()
      folder.remove()
    }
  })
})
