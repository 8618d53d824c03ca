import { expect, it } from 'vitest'
import { checkManifestText } from '../../../repo/layout/manifest-text.ts'
import { fmriOf } from '../../support/small-repository.ts'

const wanted = fmriOf('pkg://a.example/tools/x@1.0,5.11-1:20260101T000000Z')

it.each<[text: string, accepted: boolean]>([
  ['set name=pkg.fmri value=pkg://a.example/tools/x@1.0,5.11-1:20260101T000000Z\n', true],
  ['dir path=a\nset value=pkg:/tools/x@1.0,5.11-1:20260101T000000Z name=pkg.fmri\n', true],
  ['set name=pkg.summary value="no pkg.fmri here"\n', true],
  ['set name=pkg.fmri value=pkg://a.example/tools/y@1.0,5.11-1:20260101T000000Z\n', false],
  ['set name=pkg.fmri value=pkg://a.example/tools/x@0.9,5.11-1:20260101T000000Z\n', false],
  ['set name=pkg.fmri value=pkg://a.example/tools/x@1.0,5.11-1:20260101T000001Z\n', false],
  ['set name=pkg.fmri value=pkg://b.example/tools/x@1.0,5.11-1:20260101T000000Z\n', false],
  [' \tset name=fmri value=pkg:/tools/y@1.0\n', false],
  ['set name=pkg.fmri value=nonsense@@\n', false],
  ['set name=pkg.f\\\nmri value=pkg:/tools/y@1.0\n', false],
  ['set name=pkg.fmri \\\r\n  value=pkg:/tools/y@1.0\n', false],
  ['dir path=a\u000bset name=pkg.fmri value=pkg:/tools/y@1.0\n', false],
  ['dir path=a\rset name=pkg.fmri value=pkg:/tools/y@1.0\n', false],
  ['\u00a0set name=pkg.fmri value=pkg:/tools/y@1.0\n', false],
  ['\n'.repeat(1_000_000), true],
])('a manifest with %.80j is accepted: %s', (text, accepted) => {
  const checked = checkManifestText(Buffer.from(text), undefined, wanted, 'http://d.example/')
  if (accepted) expect(checked).toEqual({ ok: true, value: text })
  else expect(checked).toMatchObject({ error: { code: 'ips::repository_error::bad_manifest' } })
})
