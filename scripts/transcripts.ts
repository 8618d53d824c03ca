// Runs recorded transcripts with the built client, linked as `pkg`, and prints what differs. Must run as root.
// Usage: npm run transcripts -- [-q] [-c] [NN ...]
//   -q   only the table
//   -c   run the commands inside this process instead of the built client
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runTranscript } from '../test/support/run-transcript.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()
const data = join(root, '..', 'shared', 'data')
const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    quiet: { type: 'boolean', short: 'q', default: false },
    'in-process': { type: 'boolean', short: 'c', default: false },
  },
})
const files = readdirSync(join(data, 'transcripts'))
  .filter((name) => name.endsWith('.jsonl') && (wanted.length === 0 || wanted.includes(name.slice(0, 2))))
  .sort()
const binFolder = values['in-process'] ? undefined : mkdtempSync(join(tmpdir(), 'pkg6-bin-'))
if (binFolder !== undefined) {
  // Some commands are run as another user.
  chmodSync(binFolder, 0o755)
  symlinkSync(join(root, 'dist', 'bin', 'pkg6.cjs'), join(binFolder, 'pkg'))
}
const rows: string[] = []
try {
  for (const name of files) {
    const { title, outcomes } = await runTranscript(join(data, 'transcripts', name), { data, binFolder })
    const inScope = outcomes.filter((one) => one.scope === 'in')
    const out = outcomes.filter((one) => one.scope === 'out').length
    const matched = inScope.filter((one) => one.differences.length === 0).length
    if (!values.quiet)
      for (const one of outcomes.filter((each) => each.differences.length > 0))
        console.log(`${name.slice(0, 2)}:${one.number} $ ${one.words}\n${one.differences.join('\n')}\n`)
    rows.push(
      `${name.slice(0, 2)} ${title}: matched ${matched} of ${inScope.length} in scope (${out} out of scope: subcommands not built yet)`,
    )
  }
} finally {
  if (binFolder !== undefined) rmSync(binFolder, { recursive: true, force: true })
}
console.log(rows.join('\n'))
