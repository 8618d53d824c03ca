import { expect, it } from 'vitest'
import { inImage, useCommandImage } from '../../../support/command-image.ts'

const manifest = (fmri: string, ...actions: string[]): string =>
  [`set name=pkg.fmri value=pkg://${fmri},5.11:20260101T000000Z`, ...actions].join('\n')

const manifests = [
  manifest('test/bronze@1.0', 'set name=pkg.summary value=first'),
  manifest('test/odd@1.0', 'depend type=unheard-of fmri=bronze'),
  manifest('test/tin@1.0'),
  manifest('test/tin@2.0'),
  manifest('test2/bronze@2.0', 'set name=pkg.summary value=second'),
]

useCommandImage(manifests, new Map())

const lines = (text: string, start: string): readonly string[] =>
  text.split('\n').flatMap((line) => (line.trim().startsWith(start) ? [line.trim()] : []))

it('info -r and contents -r show the packages of each pattern, of every publisher', async () => {
  const both = ['Publisher: test', 'Publisher: test2']
  expect(lines((await inImage(0, 'info', '-r', '//test2/bronze', 'bronze')).stdout, 'Publisher')).toEqual(
    both,
  )
  expect(lines((await inImage(0, 'info', '-r', 'bronze', '//test2/bronze')).stdout, 'Publisher')).toEqual(
    both,
  )
  expect(lines((await inImage(0, 'info', '-r', 'bronze')).stdout, 'Publisher')).toEqual(both.slice(0, 1))
  expect(lines((await inImage(0, 'info', '-r', 'tin@1.0', 'tin')).stdout, 'Version')).toEqual([
    'Version: 2.0',
    'Version: 1.0',
  ])
  const shown = await inImage(
    0,
    'contents',
    '-r',
    '-H',
    '-t',
    'set',
    '-a',
    'name=pkg.summary',
    '//test2/bronze',
    'bronze',
  )
  expect(lines(shown.stdout, 'pkg.summary')).toEqual(['pkg.summary\tfirst', 'pkg.summary\tsecond'])
})

it('list -a shows a package of an unknown dependency type, and nothing installs it', async () => {
  expect(lines((await inImage(0, 'list', '-aH')).stdout, 'odd')).toHaveLength(1)
  expect((await inImage(1, 'install', 'odd')).stderr).toContain(
    'odd@1.0 has metadata that this version cannot read',
  )
})

it('list -i, -m and -M filter matches with exit code 0, and fail without a match', async () => {
  await inImage(1, 'list', '-m')
  await inImage(0, 'install', '-q', 'tin')
  expect(await inImage(0, 'list', '-i', 'tin')).toMatchObject({ stdout: '', stderr: '' })
  expect(await inImage(0, 'list', '-M')).toMatchObject({ stdout: '', stderr: '' })
  expect((await inImage(0, 'list', '-mH')).stdout).toContain('tin')
  await inImage(1, 'list', '-i', 'absent')
})

it('a package of a sticky publisher: the message names both publishers', async () => {
  await inImage(0, 'install', '-q', 'bronze')
  expect((await inImage(1, 'install', 'bronze@2.0')).stderr).toContain(
    "'bronze@2.0' is installed from test, which is sticky; the requested package comes only from test2.",
  )
})
