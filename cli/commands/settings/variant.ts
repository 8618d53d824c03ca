import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { readTableFormat, renderTable } from '../../render/table.ts'
import { withImage } from '../shared/with-image.ts'
import { listedNames } from './listed-names.ts'

const prefix = 'variant.'

/**
 * `variant [PATTERN...]`: the variants of the image; -a and -i add the variants of installed packages, and -v lists the values
 * that these packages know. A variant without a value is `false`. Source: cli §8.
 */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  return await withImage(context, 'read', async (image) => {
    const verbose = given.has('verbose')
    const onlyInstalled = given.has('installed') || verbose
    const tags = given.has('all') || onlyInstalled ? await image.installedTags() : undefined
    if (tags !== undefined && !tags.ok) return tags
    const set = image.config().variants
    const known = tags?.value.variants
    const names = listedNames(
      [...(onlyInstalled ? [] : set.keys()), ...(known?.keys() ?? [])],
      given.operands,
      { prefix, implicit: !onlyInstalled },
    )
    const format = readTableFormat(given.text('format'))
    if (names.length === 0 && given.operands.length > 0) {
      if (format === 'default') context.complain('no matching variants found')
      return ok(Exit.error)
    }
    const rows = names.flatMap((name) => {
      const values = verbose ? [...(known?.get(name) ?? [])].sort() : [set.get(name) ?? 'false']
      return values.map((value) => [format === 'default' ? name.slice(prefix.length) : name, value])
    })
    const columns = [
      { key: 'variant', heading: 'VARIANT', width: 70 },
      { key: 'value', heading: 'VALUE', width: 0 },
    ]
    io.stdout(renderTable(columns, rows, { format, header: !given.has('noHeader'), escape: true }))
    return ok(Exit.ok)
  })
}
