// Writes ERRORS.md: every problem code of every room with what it means, from the unions in the rooms' problems.ts.
// Usage: npm run errors            (continuous integration fails when the committed file is not what this writes)
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

// It takes none.
parseArgs()
const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const rooms = ['model', 'solver', 'repo', 'executor', 'image', 'cli']

interface Entry {
  readonly code: string
  readonly room: string
  readonly meaning: string
}

/** The docstring that stands right before a member of a union, as one line. */
function meaningBefore(text: string, at: number): string {
  const before = text.slice(0, at)
  const match = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export\s+interface\s+\w+\s*)?[|{\s]*$/.exec(before)
  if (match === null) return ''
  return (match[1] ?? '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
}

function entriesOf(room: string): Entry[] {
  const entries = new Map<string, Entry>()
  const files = readdirSync(join(root, room)).filter((name) => name.endsWith('.ts'))
  for (const file of files.sort()) {
    const text = readFileSync(join(root, room, file), 'utf8')
    for (const match of text.matchAll(/\{?\s*readonly code: '(ips::\w+::\w+)'/g)) {
      const code = match[1]
      if (code === undefined || entries.has(code)) continue
      entries.set(code, { code, room, meaning: meaningBefore(text, match.index) })
    }
  }
  return [...entries.values()]
}

const entries = rooms.flatMap(entriesOf).sort((a, b) => (a.code < b.code ? -1 : 1))
const undocumented = entries.filter((entry) => entry.meaning === '')
if (undocumented.length > 0) {
  process.stderr.write(`no docstring before: ${undocumented.map((entry) => entry.code).join(', ')}\n`)
  process.exitCode = 1
}
const lines = [
  '# Problem codes',
  '',
  'Written by `npm run errors` from the docstrings in the rooms; do not edit. Codes are never reused or renamed.',
  '',
  '| code | room | meaning |',
  '| --- | --- | --- |',
  ...entries.map(({ code, room, meaning }) => `| \`${code}\` | ${room} | ${meaning.replace(/\|/g, '\\|')} |`),
  '',
]
writeFileSync(join(root, 'ERRORS.md'), lines.join('\n'))
