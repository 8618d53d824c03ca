import type { Result } from '#model'
import { err, ok } from '#model'

/** `pkg5.repository`: sections with options in file order; unknown ones are kept as they are. Source: repository-v4 §1.2. */
export type RepositoryConfig = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Reads INI text. The error names the line and its fault. */
export function parseRepositoryConfig(text: string): Result<RepositoryConfig, string> {
  const config = new Map<string, Map<string, string>>()
  let section: Map<string, string> | undefined
  let option: string | undefined
  const lines = text.split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    const bad = (reason: string) => err(`line ${index + 1}: ${reason}`)
    if (line.trim() === '' || /^[#;]/.test(line)) continue
    if (/^[ \t]/.test(line)) {
      if (section === undefined || option === undefined) return bad('nothing to continue')
      section.set(option, `${section.get(option) ?? ''}\n${line.trim()}`)
      continue
    }
    const header = /^\[([^\]]+)\][ \t]*$/.exec(line)?.[1]
    if (header !== undefined) {
      if (config.has(header)) return bad(`section [${header}] is repeated`)
      section = new Map()
      config.set(header, section)
      option = undefined
      continue
    }
    const separator = line.search(/[=:]/)
    if (separator <= 0) return bad('neither a section nor an option')
    if (section === undefined) return bad('an option before the first section')
    option = line.slice(0, separator).trim()
    if (section.has(option)) return bad(`option ${option} is repeated`)
    section.set(option, line.slice(separator + 1).trim())
  }
  return ok(config)
}

/** Writes INI text in the order of the maps, a blank line after each section. */
export function formatRepositoryConfig(config: RepositoryConfig): string {
  let text = ''
  for (const [section, options] of config) {
    text += `[${section}]\n`
    for (const [name, value] of options) text += `${name} = ${value.replaceAll('\n', '\n  ')}\n`
    text += '\n'
  }
  return text
}

/** Configuration of a new version 4 repository, without default publisher. */
export function newRepositoryConfig(): RepositoryConfig {
  return new Map([
    ['publisher', new Map([['prefix', '']])],
    [
      'repository',
      new Map([
        ['version', '4'],
        ['trust-anchor-directory', '/etc/ssl/pkg/'],
        ['signature-required-names', '[]'],
        ['check-certificate-revocation', 'False'],
      ]),
    ],
    ['CONFIGURATION', new Map([['version', '4']])],
  ])
}

/** One option, or undefined. */
export function configValue(config: RepositoryConfig, section: string, option: string): string | undefined {
  return config.get(section)?.get(option)
}

/** Copy with one option set; the section is added at the end when it is new. */
export function withConfigValue(
  config: RepositoryConfig,
  section: string,
  option: string,
  value: string,
): RepositoryConfig {
  const changed = new Map(config)
  changed.set(section, new Map(config.get(section)).set(option, value))
  return changed
}

/** `repository/version`: undefined when absent or empty, NaN when it is no number. Source: repository-v4 §1.1. */
export function repositoryVersion(config: RepositoryConfig): number | undefined {
  const text = configValue(config, 'repository', 'version')
  if (text === undefined || text === '') return undefined
  return /^[0-9]{1,6}$/.test(text) ? Number(text) : Number.NaN
}
