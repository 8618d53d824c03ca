import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readAuthorities } from '../../../cli/platform/authorities.ts'
import { projectRoot } from '../../support/shared-data.ts'

const top = mkdtempSync(join(tmpdir(), 'pkg6-authorities-'))
afterAll(() => rmSync(top, { recursive: true }))

it('takes the certificates of a folder that are named by a hash, and nothing else', () => {
  const pem = join(projectRoot, 'test', 'fixtures', 'tls', 'certificate.pem')
  copyFileSync(pem, join(top, 'plain.pem'))
  expect(readAuthorities(top)).toEqual([])
  symlinkSync('plain.pem', join(top, '0a1b2c3d.0'))
  copyFileSync(pem, join(top, 'ffffffff.12'))
  symlinkSync('nowhere', join(top, '0a1b2c3d.1'))
  mkdirSync(join(top, '0a1b2c3d.2'))
  writeFileSync(join(top, '0a1b2c3d.3'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  writeFileSync(join(top, '0a1b2c3d.r0'), 'a revocation list')
  const found = readAuthorities(top)
  expect(found).toHaveLength(2)
  expect(new Set(found).size).toBe(1)
  expect(readAuthorities(join(top, 'missing'))).toEqual([])
})
