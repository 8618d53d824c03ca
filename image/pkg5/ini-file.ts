/** Sections of an INI file, each with its values by name. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>

/**
 * Reads an INI file as Python's ConfigParser writes it, and pkg5 with it: `[section]`, `name = value`, further lines of a value
 * start with a blank, `#` and `;` start a comment at the start of a line. Names keep their case, dots and quoting. Libraries for
 * INI files read dots in section names as nesting, and pkg5's publishers have dots. Gives what is wrong as a text.
 */
export function parseIni(text: string): IniSections | string {
  const sections = new Map<string, Map<string, string>>()
  let section: Map<string, string> | undefined
  let last: string | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || /^[#;]/.test(line)) continue
    if (/^\s/.test(line)) {
      if (section === undefined || last === undefined) return `line ${index + 1} goes on with nothing`
      section.set(last, `${section.get(last)}\n${line.trim()}`)
      continue
    }
    const heading = /^\[(.+)\]\s*$/.exec(line)?.[1]
    if (heading !== undefined) {
      section = sections.get(heading) ?? new Map()
      sections.set(heading, section)
      last = undefined
      continue
    }
    const equals = line.search(/[=:]/)
    if (section === undefined || equals < 1) return `line ${index + 1} is neither a heading nor a value`
    last = line.slice(0, equals).trim()
    section.set(last, line.slice(equals + 1).trim())
  }
  return sections
}
