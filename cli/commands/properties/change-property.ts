import type { PropertyEdit } from '#image'
import { ok } from '#model'
import type { CommandContext } from '../../command.ts'
import { Exit } from '../../exit-codes.ts'
import { withImage } from '../shared/with-image.ts'

/** Body of a command that changes image properties. `read` makes the edit of the operands; a text is a usage error. */
function changeProperty(read: (operands: readonly string[]) => PropertyEdit | string) {
  return {
    async run(context: CommandContext): Promise<number> {
      const edit = read(context.arguments.operands)
      if (typeof edit === 'string') return context.misuse(edit)
      return await withImage(context, 'write', async (image) => {
        const done = await image.editProperties(edit)
        return done.ok ? ok(Exit.ok) : done
      })
    },
  }
}

function changeList(kind: 'add' | 'remove') {
  return changeProperty(([name, value, ...more]) =>
    name === undefined || value === undefined || more.length > 0
      ? 'requires a property name and value'
      : { kind, name, value },
  )
}

/** `set-property NAME VALUE...`; `signature-policy require-names NAME...` sets the names too. Source: cli §8. */
export const set = changeProperty(([name, ...values]) => {
  if (name === undefined || values.length === 0) return 'requires a property name and at least one value'
  if (name === 'signature-policy' && values[0] !== 'require-names' && values.length > 1)
    return `the signature-policy '${values[0]}' takes no names`
  return { kind: 'set', name, values }
})

/** `add-property-value NAME VALUE`: adds to a list. Source: cli §8. */
export const addValue = changeList('add')

/** `remove-property-value NAME VALUE`: removes a value from a list. Source: cli §8. */
export const removeValue = changeList('remove')

/** `unset-property NAME...`; ends with the first that is not set. Source: cli §8. */
export const unset = changeProperty((names) =>
  names.length === 0 ? 'requires at least one property name' : { kind: 'unset', names },
)
