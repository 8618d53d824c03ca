import type { SourceFile } from './architecture-check.ts'
import { lineOf } from './project-files.ts'

/** Words that were given up for others, as they stand in prose and in names. */
const retired: readonly (readonly [word: string, form: RegExp])[] = [
  ['roused', /^rous(?:e|es|ed|ing)$/],
  ['stirred', /^stir(?:s|red|ring)?$/],
  ['awake', /^awake$/],
  ['barred', /^barred$/],
  ['foreman', /^foremen|foreman$/],
  ['colleague', /^colleagues?$/],
  ['rehearse', /^rehears/],
  ['shelve', /^(?:un)?shelv/],
  ['wish', /^wish(?:es|ed|ing)?$/],
]

/** Pairs of words that together are retired. */
const retiredPairs: readonly (readonly [word: string, first: string, second: string])[] = [
  ['atRest', 'at', 'rest'],
  ['giveWay', 'give', 'way'],
]

/** A word in prose, or one of a name: `atRest`, `AT_REST` and `at-rest` have two. */
const wordForm = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g

/** `path:line: word` for each retired word in a file or in its name. */
export function retiredWords({ path, text }: SourceFile): readonly string[] {
  const found = wordsIn(path).map(({ word }) => `${path}:0: ${word}`)
  return [...found, ...wordsIn(text).map(({ word, offset }) => `${path}:${lineOf(text, offset)}: ${word}`)]
}

/** Whether a closer look is worth its time. */
const anyRetired = /rous|stir|awake|barred|forem[ae]n|colleague|rehears|shelv|wish|at.?rest|giveWay/i

function wordsIn(text: string): readonly { readonly word: string; readonly offset: number }[] {
  if (!anyRetired.test(text)) return []
  const found: { word: string; offset: number }[] = []
  let last = ''
  let end = -1
  for (const { 0: shown, index } of text.matchAll(wordForm)) {
    const word = shown.toLowerCase()
    const single = retired.find(([, form]) => form.test(word))
    const gap = end < 0 ? undefined : text.slice(end, index)
    // "give way" is plain English in prose; `giveWay` was a name.
    const isName = gap === ''
    const pair = retiredPairs.find(
      ([name, first, second]) =>
        first === last &&
        second === word &&
        (isName || (name === 'atRest' && gap !== undefined && /^[-_ ]$/.test(gap))),
    )
    const name = single?.[0] ?? pair?.[0]
    if (name !== undefined) found.push({ word: name, offset: index })
    last = word
    end = index + shown.length
  }
  return found
}

/** The part of a changelog that tells of what is not released, or, where all is, its newest entry. */
export function newestEntry(changelog: string): string {
  return changelog
    .split(/^(?=## )/m)
    .slice(0, 2)
    .join('')
}

/** Numbers of the headings of a specification: `## 5. …`, `### 5.5 …`. */
export function sectionsOf(specification: string): ReadonlySet<string> {
  return new Set([...specification.matchAll(/^#+ (\d+(?:\.\d+)*)\.? /gm)].map(([, number]) => number!))
}

/**
 * `path:line: reference` for each `§` in a file that leads to no section. `specifications` has the sections by the name of the
 * specification. A number without a name takes the name of the one before it in the sentence (`cli §3, §5`, `image-plan §2 to
 * §5`), or in a specification that specification.
 */
export function brokenReferences(
  { path, text }: SourceFile,
  specifications: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  // Comments over several lines read like one, and offsets stay as they are.
  const flat = text.replace(/\n[ \t]*(?:\*|\/\/)?[ \t]*/g, (gap) => ' '.repeat(gap.length))
  const own = /^docs\/spec\/([a-z0-9-]+)\.md$/.exec(path)?.[1]
  const broken: string[] = []
  let name = own
  let end = 0
  for (const { 0: shown, 1: number, index } of flat.matchAll(/§\s?(\d+(?:\.\d+)*)/g)) {
    const between = flat.slice(end, index)
    const named = /([a-z][a-z0-9-]*[a-z0-9])(?:\.md)?`?\s+$/.exec(between)?.[1]
    const goesOn = between.length < 40 && !/[.(){}]|\*\//.test(between)
    if (named !== undefined && specifications.has(named)) name = named
    else if (!goesOn) name = own
    end = index + shown.length
    if (name === undefined || !specifications.get(name)!.has(number!))
      broken.push(`${path}:${lineOf(text, index)}: ${name ?? 'no specification'} ${shown}`)
  }
  return broken
}
