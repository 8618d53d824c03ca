import { compileGlob, ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { readTableFormat, renderTable } from '../../render/table.ts'
import { withImage } from '../shared/with-image.ts'
import { listedNames } from './listed-names.ts'

const prefix = 'facet.'

/** `facet [PATTERN...]`: what is set, and with -a or -i what installed packages ask for. Source: cli §8. */
export async function run(context: CommandContext): Promise<number> {
  const { arguments: given, io } = context
  return await withImage(context, 'read', async (image) => {
    const tags = given.has('all') || given.has('installed') ? await image.installedTags() : undefined
    if (tags !== undefined && !tags.ok) return tags
    const set = image.config().facets
    const names = listedNames(
      [...(given.has('installed') ? [] : set.keys()), ...(tags?.value.facets ?? [])],
      given.operands,
      { prefix, implicit: !given.has('installed') },
    )
    const format = readTableFormat(given.text('format'))
    if (names.length === 0 && given.operands.length > 0) {
      if (format === 'default') context.complain('no matching facets found')
      return ok(Exit.error)
    }
    const filter = image.filter()
    const setting = [...set.keys()].map((pattern) => compileGlob(pattern, { classes: true }))
    const showMasked = given.has('masked') || format === 'json' || format === 'json-formatted'
    const columns = [
      { key: 'facet', heading: 'FACET', width: given.has('masked') ? 57 : 64 },
      { key: 'value', heading: 'VALUE', width: 5 },
      { key: 'src', heading: 'SRC', width: 6 },
      ...(showMasked ? [{ key: 'masked', heading: 'MASKED', width: 6 }] : []),
    ]
    const rows = names.map((name) => {
      const value = set.get(name) ?? filter.facetValue(name)
      const local = set.has(name) || setting.some((matches) => matches(name))
      return [
        format === 'default' ? name.slice(prefix.length) : name,
        value ? 'True' : 'False',
        local ? 'local' : 'system',
        ...(showMasked ? ['False'] : []),
      ]
    })
    io.stdout(renderTable(columns, rows, { format, header: !given.has('noHeader'), escape: true }))
    return ok(Exit.ok)
  })
}
