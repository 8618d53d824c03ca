import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommandLine, commandLine, told } from '../support/command-line.ts'

let at: CommandLine
beforeAll(async () => {
  at = commandLine()
  const made = await at.pkg6(
    'image-create',
    '--user',
    '--variant',
    'variant.arch=i386',
    '--facet',
    'doc.*=false',
    'image',
  )
  expect(made.exit, told(made)).toBe(0)
})
afterAll(() => at.remove())

const hint = 'For a full list of subcommands, run: pkg6 help\n'
const freezeUsage = 'Usage:\n        pkg6 freeze [-n] [-c reason] [pkg_fmri_pattern] ...\n'

/** Words after `-R image`, exit code, standard output, standard error: what the recorded sessions do not have. */
const cases: readonly (readonly [readonly string[], number, string, string])[] = [
  [['change-facet', '=true'], 1, '', "pkg6 change-facet: 'facet.' has no name after the prefix.\n"],
  [
    ['change-facet', 'a=b=true'],
    2,
    '',
    `pkg6: change-facet: facets must to be of the form 'facet....=[True|False|None]'.\n${hint}`,
  ],
  [['change-facet', '--no-refresh', 'doc.*=FALSE'], 4, 'No updates necessary for this image.\n', ''],
  [['change-facet', '--no-refresh', 'doc.man=none'], 4, 'No updates necessary for this image.\n', ''],
  [['change-variant', '=x'], 1, '', "pkg6 change-variant: 'variant.' has no name after the prefix.\n"],
  [
    ['change-variant', '-n', '--no-refresh', '--parsable=0', 'arch=i386'],
    4,
    expect.stringMatching(/^\{"activate-be":true,.*"change-variants":\[\],.*\}\n$/) as unknown as string,
    '',
  ],
  [
    ['change-variant', '-n', '--no-refresh', '--parsable=0', 'debug.x=TRUE', 'variant.y=False', 'z=Other'],
    0,
    expect.stringContaining(
      '"change-variants":[["variant.debug.x","true"],["variant.y","false"],["variant.z","Other"]]',
    ) as unknown as string,
    '',
  ],
  [
    ['change-variant', '--be-name', 'x', 'arch=sparc'],
    1,
    '',
    "pkg6 change-variant: The option '--be-name' cannot be honoured: this image has no boot environments.\nRun the command without --be-name.\n",
  ],
  [['facet', 'x*'], 1, '', 'pkg6 facet: no matching facets found\n'],
  [
    ['facet', '-H', 'doc.man', 'facet.debug.x'],
    0,
    `${'debug.x'.padEnd(64)} False system\n${'doc.man'.padEnd(64)} False local\n`,
    '',
  ],
  [
    ['facet', '-m'],
    0,
    `${'FACET'.padEnd(57)} VALUE SRC    MASKED\n${'doc.*'.padEnd(57)} False local  False\n`,
    '',
  ],
  [['facet', '-F', 'json', 'x*'], 1, '', ''],
  [['variant', '-i', 'arch'], 1, '', 'pkg6 variant: no matching variants found\n'],
  [['variant', '-H', 'a*'], 0, `${'arch'.padEnd(70)} i386\n`, ''],
  [['autoremove'], 4, 'No removable packages for this image.\n', ''],
  [['autoremove', '-q'], 4, '', ''],
  [
    ['autoremove', '--parsable=0'],
    4,
    expect.stringMatching(/^\{"activate-be":true,.*"remove-packages":\[\],.*\}\n$/) as unknown as string,
    '',
  ],
  [['freeze', '-H', 'x'], 2, '', `pkg6 freeze: -H may only be used to list frozen packages.\n${freezeUsage}`],
  [
    ['freeze', 'x*'],
    1,
    '',
    '\npkg6 freeze: The following patterns have wildcards and match no installed packages:\n\tx*\n',
  ],
  [['unfreeze', 'x'], 4, '', ''],
  [
    ['avoid', '--'],
    1,
    '',
    "\npkg6 avoid: 'Illegal FMRI '--': Invalid Package Name: --' is an illegal fmri\n",
  ],
  [['property', '-H', 'be-policy', 'send-uuid'], 0, 'be-policy default\nsend-uuid True\n', ''],
  [
    ['set-property', 'signature-policy', 'verify', 'x'],
    2,
    '',
    "pkg6 set-property: the signature-policy 'verify' takes no names\nUsage:\n        pkg6 set-property propname propvalue\n",
  ],
  [
    ['add-property-value', 'a', 'b', 'c'],
    2,
    '',
    'pkg6 add-property-value: requires a property name and value\nUsage:\n        pkg6 add-property-value propname propvalue\n',
  ],
  [
    ['set-property', 'use-system-repo', 'true'],
    1,
    '',
    "pkg6 set-property: The property 'use-system-repo' cannot be set to 'True': this client does not ask a system repository.\n",
  ],
  [
    ['rebuild-index', '--'],
    2,
    '',
    'pkg6 rebuild-index: command does not take operands\nUsage:\n        pkg6 rebuild-index\n',
  ],
  [
    ['update-format', 'x'],
    2,
    '',
    'pkg6 update-format: command does not take operands\nUsage:\n        pkg6 update-format [-R | -r [-z zonename... | -Z zonename...]]\n',
  ],
  [
    ['update-format', '-r', '-z', 'x'],
    1,
    '',
    "pkg6 update-format: This image has no linked child image named 'x'.\nRun the command without -z, -Z and -i.\n",
  ],
  [['update-format'], 4, 'Image format already current.\n', ''],
  [['cleanup', '-v'], 0, '', ''],
]

describe('commands on the state of an image', () => {
  it.each(cases)('%j', async (words, exit, stdout, stderr) => {
    const ran = await at.pkg6('-R', 'image', ...words)
    expect({ exit: ran.exit, stdout: ran.stdout, stderr: ran.stderr }).toEqual({ exit, stdout, stderr })
  })
})
