// Writes ERRORS.md: every problem code with its package and meaning, from the docstrings of the unions in problems.ts.
// Usage: npm run errors            (continuous integration fails when the committed file is not what this writes)
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

// Refuses arguments.
parseArgs()
const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const packages = ['model', 'solver', 'repo', 'executor', 'image', 'cli']

interface Entry {
  readonly code: string
  readonly owner: string
  readonly meaning: string
}

/** The docstring right before a member of a union, as one line. */
function meaningBefore(text: string, at: number): string {
  const before = text.slice(0, at)
  const match = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export\s+interface\s+\w+\s*)?[|{\s]*$/.exec(before)
  if (match === null) return ''
  return (match[1] ?? '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** The first definition of a code counts: packages come in the order of their imports. */
const entries = new Map<string, Entry>()
for (const owner of packages) {
  const files = readdirSync(join(root, owner), { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((name) => name.endsWith('.ts')).sort()) {
    const text = readFileSync(join(root, owner, file), 'utf8')
    for (const match of text.matchAll(/\{?\s*readonly code: '(ips::\w+::\w+)'/g)) {
      const code = match[1]
      if (code === undefined || entries.has(code)) continue
      entries.set(code, { code, owner, meaning: meaningBefore(text, match.index) })
    }
  }
}
const sorted = [...entries.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
const undocumented = sorted.filter((entry) => entry.meaning === '')
if (undocumented.length > 0) {
  process.stderr.write(`no docstring before: ${undocumented.map((entry) => entry.code).join(', ')}\n`)
  process.exitCode = 1
}
const lines = [
  '# Problem codes',
  '',
  'Written by `npm run errors` from the docstrings of the problem unions; do not edit. Codes are never reused or renamed.',
  '',
  '| code | package | meaning |',
  '| --- | --- | --- |',
  ...sorted.map(
    ({ code, owner, meaning }) => `| \`${code}\` | ${owner} | ${meaning.replace(/\|/g, '\\|')} |`,
  ),
  '',
]
writeFileSync(join(root, 'ERRORS.md'), lines.join('\n'))
