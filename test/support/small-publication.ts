import { publishRepository } from './published-repository.ts'

const contents = new Map<string, string>([
  ['greet-1', '#!/bin/sh\necho hello\n'],
  ['greet-2', '#!/bin/sh\necho hello again\n'],
  ['words-1', 'hello\n'],
  ['words-2', 'hello again\n'],
  ['manual', '.TH GREET 1\n'],
  ['conf-1', 'loud = no\n'],
  ['terms', 'Use it well.\n'],
])

const greeting = (
  version: string,
  second: string,
) => `set name=pkg.fmri value=pkg://small.example/tools/greet@${version},5.11-1:2026010${second}T000000Z
set name=pkg.summary value="Greets ${version}"
depend type=require fmri=library/words@${version}
dir path=usr owner=root group=root mode=0755
dir path=usr/bin owner=root group=root mode=0755
dir path=usr/share/man owner=root group=root mode=0755 facet.doc=true
dir path=etc owner=root group=root mode=0755
file greet-${second} path=usr/bin/greet owner=root group=root mode=0755
file manual path=usr/share/man/greet.1 owner=root group=root mode=0444 facet.doc=true
file conf-1 path=etc/greet.conf owner=root group=root mode=0644 preserve=true
link path=usr/bin/hello target=greet
hardlink path=usr/bin/gr target=greet
license terms license=terms
`
const words = (
  version: string,
  second: string,
) => `set name=pkg.fmri value=pkg://small.example/library/words@${version},5.11-1:2026010${second}T000000Z
set name=pkg.summary value="Words ${version}"
dir path=usr owner=root group=root mode=0755
dir path=usr/lib owner=root group=root mode=0755
file words-${second} path=usr/lib/words owner=root group=root mode=0644
`
const others = [
  `set name=pkg.fmri value=pkg://small.example/tools/broken@1.0,5.11-1:20260101T000000Z
set name=pkg.summary value="Needs what is not there"
depend type=require fmri=library/absent
`,
  `set name=pkg.fmri value=pkg://small.example/tools/clash@1.0,5.11-1:20260101T000000Z
set name=pkg.summary value="Delivers a file of greet"
dir path=usr owner=root group=root mode=0755
dir path=usr/bin owner=root group=root mode=0755
file words-1 path=usr/bin/greet owner=root group=root mode=0644
`,
  `set name=pkg.fmri value=pkg://small.example/tools/escape@1.0,5.11-1:20260101T000000Z
set name=pkg.summary value="Delivers outside the image"
file words-1 path=../escaped owner=root group=root mode=0644
`,
  `set name=pkg.fmri value=pkg://small.example/tools/agree@1.0,5.11-1:20260101T000000Z
set name=pkg.summary value="Wants its licence accepted"
license terms license=terms must-accept=true
`,
  `set name=pkg.fmri value=pkg://small.example/tools/loudness@1.0,5.11-1:20260101T000000Z
set name=pkg.summary value="One file or the other, and more where it is loud"
set name=variant.loud value=true value=false
dir path=usr owner=root group=root mode=0755
dir path=usr/bin owner=root group=root mode=0755
file words-1 path=usr/bin/say owner=root group=root mode=0755 variant.loud=false
file words-2 path=usr/bin/say owner=root group=root mode=0555 variant.loud=true
link path=usr/bin/shout target=say variant.loud=true
file words-1 path=usr/share/quiet/note owner=root group=root mode=0644 variant.loud=false
license terms license=noise must-accept=true facet.optional.noise=true
depend type=require fmri=library/words facet.optional.noise=true
`,
  `set name=pkg.fmri value=pkg://other.example/tools/extra@1.0,5.11-1:20260101T000000Z
set name=pkg.summary value="Of another publisher"
dir path=opt owner=root group=root mode=0755
`,
]

/**
 * Writes a repository of publishers small.example and other.example: tools/greet (requires library/words) in versions 1.0
 * and 2.0 unless `versions` says only the first, tools/loudness (variant.loud), and packages that cannot be installed.
 */
export function publishSmall(root: string, versions: 1 | 2 = 2): void {
  const both = versions === 2 ? [greeting('2.0', '2'), words('2.0', '2')] : []
  publishRepository(root, [greeting('1.0', '1'), words('1.0', '1'), ...both, ...others], contents)
}
