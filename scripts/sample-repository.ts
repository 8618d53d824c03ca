// Publishes the sample packages (scripts/sample) into a new version 4 repository.
// Usage: npm run sample -- FOLDER
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { publishAll, type SourcePackage } from './publish-all.ts'

const root = process.env.PKG6_PROJECT_ROOT ?? process.cwd()

/** The day the sample repository is published; fixed, so that every run makes the same bytes. */
const publicationDay = Date.UTC(2026, 5, 1, 12)

/** Writes the repository; the folder must be absent or empty. Throws when a sample package is not as it should be. */
export async function writeSampleRepository(folder: string): Promise<void> {
  const sample = join(root, 'scripts', 'sample')
  const packages = readdirSync(join(sample, 'manifests'))
    .sort()
    .map((name): SourcePackage => {
      const proto = join(sample, 'proto', name.startsWith('1-') ? '1' : '2')
      return {
        manifest: readFileSync(join(sample, 'manifests', name), 'utf8'),
        findPayload: (word) => join(proto, word),
      }
    })
  await publishAll(folder, 'sample', packages, publicationDay)
}

if (process.argv[1]?.endsWith('sample-repository.ts')) {
  const [folder, ...more] = parseArgs({ allowPositionals: true }).positionals
  if (folder === undefined || more.length > 0) {
    process.stderr.write('usage: npm run sample -- FOLDER\n')
    process.exitCode = 2
  } else {
    await writeSampleRepository(resolve(folder))
    process.stdout.write(`The sample repository is in ${folder}\n`)
  }
}
