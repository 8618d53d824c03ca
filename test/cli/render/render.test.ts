import { describe, expect, it } from 'vitest'
import { compileGlob, formatSize, parseTimestamp } from '#model'
import { repositoryUri } from '../../../cli/commands/publishers/repository-uri.ts'
import { prefixed } from '../../../cli/render/message.ts'
import { createProgress, progressMode } from '../../../cli/render/progress.ts'
import { renderTable } from '../../../cli/render/table.ts'
import { dayText, durationText, isoLocal, parseIsoLocal } from '../../../cli/render/time.ts'
import { collectingIo } from '../../support/collecting-io.ts'

function terminalIo(tty: boolean) {
  return collectingIo({ stdoutIsTty: tty, stderrIsTty: tty, columns: 40, env: { TERM: 'xterm' }, cwd: '/w' })
}

const events = [
  { kind: 'phase', phase: 'startup' },
  { kind: 'step', name: 'refresh example.org', state: 'start' },
  { kind: 'progress', name: 'refresh example.org', done: 1, total: 2 },
  { kind: 'step', name: 'refresh example.org', state: 'done' },
  { kind: 'phase', phase: 'planning' },
  { kind: 'step', name: 'solve', state: 'start' },
  { kind: 'step', name: 'solve', state: 'done' },
  { kind: 'progress', name: 'manifests', done: 0, total: 3 },
  { kind: 'progress', name: 'manifests', done: 1, total: 3 },
  { kind: 'progress', name: 'manifests', done: 3, total: 3 },
  { kind: 'phase', phase: 'download' },
  { kind: 'progress', name: 'payloads', done: 2, total: 12, bytesDone: 1048576, bytesTotal: 3145728 },
  { kind: 'progress', name: 'payloads', done: 12, total: 12, bytesDone: 3145728, bytesTotal: 3145728 },
  { kind: 'phase', phase: 'actions' },
  { kind: 'progress', name: 'stage', done: 1, total: 40 },
  { kind: 'progress', name: 'stage', done: 40, total: 40 },
  { kind: 'progress', name: 'actions', done: 1, total: 98 },
  { kind: 'progress', name: 'actions', done: 98, total: 98 },
  { kind: 'phase', phase: 'finalize' },
] as const

describe('progress', () => {
  it('prints a line for each step into a pipe', () => {
    const { io, output } = terminalIo(false)
    let time = 0
    const progress = createProgress(io, { mode: 'line', phases: true, now: () => (time += 100) })
    for (const event of events) progress.emit(event)
    progress.end()
    expect(output.stdout).toBe(` Startup: Refreshing catalog 'example.org' ... Done
Planning: Running solver ... Done
Planning: Fetching manifests: 0/3  0% complete
Planning: Fetching manifests: 3/3  100% complete
Download:  2/12 items  1.0/3.0MB  16% complete
Download: Completed 3.00 MB in 0.20 seconds (15.00 MB/s)
 Actions:  1/98 actions
 Actions: Completed 98 actions in 0.40 seconds.
`)
  })

  it('tells of staging when it takes long', () => {
    const { io, output } = terminalIo(false)
    let time = 0
    const progress = createProgress(io, { mode: 'line', phases: true, now: () => time })
    progress.emit({ kind: 'phase', phase: 'actions' })
    for (const [done, at] of [
      [1, 1000],
      [20, 6000],
      [30, 7000],
      [40, 12000],
    ] as const) {
      time = at
      progress.emit({ kind: 'progress', name: 'stage', done, total: 40 })
    }
    expect(output.stdout).toBe(
      ' Actions: Staging new content: 20/40  50% complete\n Actions: Staging new content: 40/40  100% complete\n',
    )
  })

  it.each([
    [0, 0, '0/0B'],
    [48, 681, '48/681B'],
    [512, 1023, '512/1023B'],
    [512, 1024, '0.5/1.0kB'],
    [1, 3 * 1024 ** 2, '0.0/3.0MB'],
    [2 * 1024 ** 3, 5 * 1024 ** 3, '2.0/5.0GB'],
  ])('counts %i of %i bytes as %s', (bytesDone, bytesTotal, expected) => {
    const { io, output } = terminalIo(false)
    const progress = createProgress(io, { mode: 'line', phases: true })
    progress.emit({ kind: 'phase', phase: 'download' })
    progress.emit({ kind: 'progress', name: 'payloads', done: 1, total: 9, bytesDone, bytesTotal })
    expect(output.stdout).toBe(`Download: 1/9 items  ${expected}  11% complete\n`)
  })

  it('keeps a warning that comes twice once', () => {
    const { io } = terminalIo(false)
    const progress = createProgress(io, { mode: 'none', phases: true })
    for (const text of ['a', 'b', 'a']) progress.emit({ kind: 'warning', code: 'x', text })
    expect(progress.warnings).toEqual(['a', 'b'])
  })

  it('ends an open line before anything else is printed', () => {
    const { io, output } = terminalIo(false)
    const progress = createProgress(io, { mode: 'line', phases: false })
    progress.emit({ kind: 'step', name: 'refresh a', state: 'start' })
    progress.end()
    expect(output.stdout).toBe("Refreshing catalog 'a' ...\n")
  })

  it('rewrites one line on a terminal, cut to its width, and leaves nothing behind', () => {
    const { io, output } = terminalIo(true)
    const progress = createProgress(io, { mode: 'fancy', phases: true, now: () => 0 })
    for (const event of events) progress.emit(event)
    progress.end()
    expect(output.stdout).not.toContain('\n')
    for (const part of output.stdout.split('\r')) expect(part.length).toBeLessThan(40)
    expect(output.stdout).toMatch(/\r +\r$/)
  })

  it('is silent with -q but tells of a recovery', () => {
    const { io, output } = terminalIo(false)
    const progress = createProgress(io, { mode: 'none', phases: true })
    for (const event of events) progress.emit(event)
    progress.emit({ kind: 'recovered', side: 'undone', operation: 'install' })
    progress.emit({ kind: 'warning', code: 'x', text: 'careful' })
    expect(output.stdout).toBe('')
    expect(output.stderr).toBe('pkg6: an interrupted install was undone first\n')
    expect(progress.warnings).toEqual(['careful'])
  })

  it.each([
    [true, 'xterm', false, 'fancy'],
    [true, 'dumb', false, 'line'],
    [false, 'xterm', false, 'line'],
    [true, 'xterm', true, 'none'],
  ] as const)('terminal %s, TERM=%s, quiet %s: %s', (tty, term, quiet, mode) => {
    expect(progressMode({ ...terminalIo(tty).io, env: { TERM: term } }, quiet)).toBe(mode)
  })
})

describe('tables', () => {
  const columns = [
    { key: 'name', heading: 'NAME', width: 6 },
    { key: 'flags', heading: 'IFO', width: 3 },
  ]
  const rows = [
    ['a\tb', 'i--'],
    ['longer than', ''],
  ]
  it.each([
    ['default', 'NAME   IFO\na\tb    i--\nlonger than\n'],
    ['tsv', 'NAME\tIFO\na        b\ti--\nlonger than\t\n'],
    ['json', '[{"flags":"i--","name":"a\\tb"},{"flags":"","name":"longer than"}]'],
    [
      'json-formatted',
      '[\n  {\n    "flags": "i--",\n    "name": "a\\tb"\n  },\n  {\n    "flags": "",\n    "name": "longer than"\n  }\n]\n',
    ],
  ] as const)('%s', (format, text) => {
    expect(renderTable(columns, rows, { format, header: true })).toBe(text)
  })
})

describe('texts', () => {
  it.each([
    ['a', 'pkg6: a'],
    ['\n \nb', '\n \npkg6: b'],
    ['', 'pkg6: '],
  ])('prefixes %j', (text, expected) => {
    expect(prefixed('pkg6', text)).toBe(expected)
  })

  it.each([
    [0, '0.00 B'],
    [1023, '1023.00 B'],
    [1536, '1.50 kB'],
    [5 * 1024 ** 3, '5.00 GB'],
    [3 * 1024 ** 6, '3.00 EB'],
  ])('%d bytes', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text)
  })

  it('reads and writes local times', () => {
    const time = parseIsoLocal('2026-11-22T20:31:05')
    expect(time === undefined ? '' : isoLocal(time)).toBe('2026-11-22T20:31:05')
    for (const bad of [
      '2026-13-01T00:00:00',
      '2026-02-30T00:00:00',
      '2026-01-01T24:00:00',
      '2026-01-01',
      'now',
    ])
      expect(parseIsoLocal(bad)).toBeUndefined()
    expect(parseTimestamp('20260101T130000Z')).toBe(Date.UTC(2026, 0, 1, 13))
    expect(durationText(3_725_000)).toBe('1:02:05')
    expect(dayText(time ?? 0)).toMatch(/^22 Nov 2026 20:31:05 \S+$/)
  })

  it.each([
    ['*', '', true],
    ['usr/bin/*', 'usr/bin/a/b', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['[a-c]x', 'bx', true],
    ['[!a]x', 'ax', false],
    ['a[', 'a[', true],
    ['*b*b', 'abab', true],
    ['', 'a', false],
  ])('glob %j on %j', (pattern, text, expected) => {
    expect(compileGlob(pattern, { classes: true })(text)).toBe(expected)
  })

  it('a hostile glob does not take for ever', () => {
    expect(compileGlob(`${'a*'.repeat(2000)}b`, { classes: true })('a'.repeat(4000))).toBe(false)
  })

  it.each([
    ['repo', 'file:///w/repo/'],
    ['/abs/a b', 'file:///abs/a%20b/'],
    ['FILE:///x', 'file:///x/'],
    ['HTTP://Host/p', 'http://Host/p/'],
  ])('location %j', (text, uri) => {
    expect(repositoryUri(text, '/w')).toEqual({ ok: true, value: uri })
  })
  it.each(['ftp://h/', '', 'x://'])('location %j is refused', (text) => {
    expect(repositoryUri(text, '/w').ok).toBe(false)
  })
})
