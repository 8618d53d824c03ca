/** The worked example of catalog-v1 §3.1: one manifest and the catalog files that the reference makes of it. */
export const demoVersion = '2.4,5.11-1:20240102T030405Z'
export const demoManifestSha1 = '78ab023aba05c3ad7cd2bc084a4ad900a9725942'
export const demoManifest = `set name=pkg.fmri value=pkg://example.com/demo/tool@2.4,5.11-1:20240102T030405Z
set name=pkg.summary value="Demo tööl"
depend fmri=pkg:/demo/lib@2.4-1 type=require
`
export const demoFiles: Readonly<Record<string, string>> = {
  'catalog.base.C':
    '{"example.com":{"demo/tool":[{"signature-sha-1":"78ab023aba05c3ad7cd2bc084a4ad900a9725942","version":"2.4,5.11-1:20240102T030405Z"}]},"_SIGNATURE":{"sha-1":"97a6be45332895dec83ee216b2e49dc433c253b0"}}\n',
  'catalog.dependency.C':
    '{"example.com":{"demo/tool":[{"actions":["depend fmri=pkg:/demo/lib@2.4-1 type=require"],"version":"2.4,5.11-1:20240102T030405Z"}]},"_SIGNATURE":{"sha-1":"6342f915cd792130f8bceab0f81bf6f3abc27a89"}}\n',
  'catalog.summary.C':
    String.raw`{"example.com":{"demo/tool":[{"actions":["set name=pkg.summary value=\"Demo t\u00f6\u00f6l\""],"version":"2.4,5.11-1:20240102T030405Z"}]},"_SIGNATURE":{"sha-1":"a3f8faa06a87383056f9bf1415b7549f4984d6fd"}}` +
    '\n',
  'update.20240102T03Z.C':
    String.raw`{"example.com":{"demo/tool":[{"catalog.base.C":{"signature-sha-1":"78ab023aba05c3ad7cd2bc084a4ad900a9725942","version":"2.4,5.11-1:20240102T030405Z"},"catalog.dependency.C":{"actions":["depend fmri=pkg:/demo/lib@2.4-1 type=require"],"version":"2.4,5.11-1:20240102T030405Z"},"catalog.summary.C":{"actions":["set name=pkg.summary value=\"Demo t\u00f6\u00f6l\""],"version":"2.4,5.11-1:20240102T030405Z"},"op-time":"20240102T030500.000123Z","op-type":"add","version":"2.4,5.11-1:20240102T030405Z"}]},"_SIGNATURE":{"sha-1":"11021db69bbbe772f2948f2ce18f1f3f0890b862"}}` +
    '\n',
  'catalog.attrs':
    '{"created":"20240101T000000Z","last-modified":"20240102T030500.000123Z","package-count":1,"package-version-count":1,"parts":{"catalog.base.C":{"last-modified":"20240102T030500.000123Z","signature-sha-1":"97a6be45332895dec83ee216b2e49dc433c253b0"},"catalog.dependency.C":{"last-modified":"20240102T030500.000123Z","signature-sha-1":"6342f915cd792130f8bceab0f81bf6f3abc27a89"},"catalog.summary.C":{"last-modified":"20240102T030500.000123Z","signature-sha-1":"a3f8faa06a87383056f9bf1415b7549f4984d6fd"}},"updates":{"update.20240102T03Z.C":{"last-modified":"20240102T030500.000123Z","signature-sha-1":"11021db69bbbe772f2948f2ce18f1f3f0890b862"}},"version":1,"_SIGNATURE":{"sha-1":"46356d259097713b3565c0debefd82a17c9ff2a0"}}\n',
}
