import { type Action, attribute, attributes } from '#model'

/** Paths of the databases below the image root. */
export const databasePaths = {
  passwd: 'etc/passwd',
  shadow: 'etc/shadow',
  group: 'etc/group',
  ftpusers: 'etc/ftpd/ftpusers',
} as const
export type DatabaseName = keyof typeof databasePaths

/** Texts of the databases; undefined where there is no such file. */
export type DatabaseTexts = Readonly<Record<DatabaseName, string | undefined>>

/** The texts of all databases, each read by its name. */
export function readDatabases(read: (name: DatabaseName) => string | undefined): DatabaseTexts {
  return { passwd: read('passwd'), shadow: read('shadow'), group: read('group'), ftpusers: read('ftpusers') }
}

const MILLISECONDS_A_DAY = 86_400_000
const FIRST_FREE_ID = 100
const LAST_FREE_ID = 499

function linesOf(text: string | undefined): string[] {
  const lines = (text ?? '').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** Fields of the line of a name; undefined when there is none. */
export function fieldsOf(text: string | undefined, name: string): string[] | undefined {
  return linesOf(text)
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':')
}

/** Replaces the line of a name in place or appends it; undefined removes it. */
function withLine(text: string | undefined, name: string, fields: readonly string[] | undefined): string {
  const lines = linesOf(text)
  const at = lines.findIndex((line) => line === name || line.startsWith(`${name}:`))
  const line = fields?.join(':')
  if (line === undefined) return textOf(at < 0 ? lines : lines.filter((_, index) => index !== at))
  if (at < 0) return textOf([...lines, line])
  lines[at] = line
  return textOf(lines)
}

/** Number of an account in the fields of its line; undefined: the field is empty, or there is no line. */
function numberIn(fields: readonly string[] | undefined): string | undefined {
  return fields?.[2] === '' ? undefined : fields?.[2]
}

/** Number of a user or group by name in a `passwd` or `group` text; undefined when there is none. */
export function idOf(text: string | undefined, name: string): number | undefined {
  const value = fieldsOf(text, name)?.[2]
  return value !== undefined && /^[0-9]{1,10}$/.test(value) ? Number(value) : undefined
}

/** Name of a number in a `passwd` or `group` text. */
export function nameOfId(text: string | undefined, id: number | string): string | undefined {
  const found = linesOf(text).find((line) => line.split(':')[2] === String(id))
  return found?.split(':')[0]
}

function freeId(text: string | undefined): number | undefined {
  const used = new Set(linesOf(text).map((line) => line.split(':')[2]))
  for (let id = FIRST_FREE_ID; id <= LAST_FREE_ID; id++) if (!used.has(String(id))) return id
  return undefined
}

/** Names and values that would break the line format are refused. */
export function databaseFault(action: Action): string | undefined {
  const name = attribute(action, action.type === 'user' ? 'username' : 'groupname') ?? ''
  if (!/^[^:\s,]+$/.test(name)) return 'its name is empty or has a blank, comma or colon'
  for (const [key, value] of action.attributes) {
    for (const each of typeof value === 'string' ? [value] : value) {
      if (/[:\n\r\0]/.test(each) && userFields.has(key)) return `its ${key} has a colon or a line break`
    }
  }
  const id = attribute(action, action.type === 'user' ? 'uid' : 'gid')
  return id === undefined || /^[0-9]{1,10}$/.test(id) ? undefined : 'its id is not a number'
}

const userFields = new Set(
  (
    'password uid gid group gcos-field home-dir login-shell group-list lastchg min max warn inactive expire ' +
    'flag'
  ).split(' '),
)

/** Adds or changes a group. Undefined: no free number is left. Source: image-plan §9. */
export function applyGroup(texts: DatabaseTexts, action: Action): DatabaseTexts | undefined {
  const name = attribute(action, 'groupname') ?? ''
  const present = fieldsOf(texts.group, name)
  const gid = attribute(action, 'gid') ?? numberIn(present) ?? freeId(texts.group)?.toString()
  if (gid === undefined) return undefined
  const group = withLine(texts.group, name, [name, '', gid, present?.[3] ?? ''])
  const former = numberIn(present)
  if (former === undefined || former === gid || texts.passwd === undefined) return { ...texts, group }
  const passwd = textOf(
    linesOf(texts.passwd).map((line) => {
      const fields = line.split(':')
      if (fields[3] === former) fields[3] = gid
      return fields.join(':')
    }),
  )
  return { ...texts, group, passwd }
}

/** Takes a group out. */
export function removeGroup(texts: DatabaseTexts, action: Action): DatabaseTexts {
  if (texts.group === undefined) return texts
  return { ...texts, group: withLine(texts.group, attribute(action, 'groupname') ?? '', undefined) }
}

/** Changes the members of a group. A group that is missing gets a line without number, as the reference client makes it. */
function membersChanged(
  text: string | undefined,
  group: string,
  change: (members: string[]) => string[],
): string {
  const fields = fieldsOf(text, group) ?? [group, '', '', '']
  const members = (fields[3] ?? '').split(',').filter((member) => member !== '')
  fields[3] = change(members).join(',')
  return withLine(text, group, fields)
}

/** Fields of `shadow` after name and password. */
export const shadowFields = ['lastchg', 'min', 'max', 'warn', 'inactive', 'expire', 'flag']

/** The password and its ageing of the disk win where the package lets users set their own. */
function shadowLine(texts: DatabaseTexts, old: Action | undefined, action: Action, now: number): string[] {
  const name = attribute(action, 'username') ?? ''
  const password = attribute(action, 'password') ?? '*LK*'
  const present = fieldsOf(texts.shadow, name)
  const today = String(Math.floor(now / MILLISECONDS_A_DAY))
  const wanted = shadowFields.map(
    (field) => attribute(action, field) ?? (field === 'lastchg' ? (present?.[2] ?? today) : ''),
  )
  const mutable = password === 'UP' || password === ''
  const changed =
    present !== undefined && present[1] !== (old ? (attribute(old, 'password') ?? '*LK*') : undefined)
  if (mutable && changed) return [name, ...present.slice(1)]
  return [name, password, ...wanted]
}

/** Why a user cannot be added: its group is missing, or no number is free. */
export type UserFault = 'no-group' | 'no-id'

/** Adds or changes a user in all databases that exist. Source: image-plan §9. */
export function applyUser(
  texts: DatabaseTexts,
  change: { readonly old: Action | undefined; readonly new: Action; readonly now: number },
): DatabaseTexts | UserFault {
  const action = change.new
  const name = attribute(action, 'username') ?? ''
  const present = fieldsOf(texts.passwd, name)
  const uid = attribute(action, 'uid') ?? numberIn(present) ?? freeId(texts.passwd)?.toString()
  if (uid === undefined) return 'no-id'
  const gid = idOf(texts.group, attribute(action, 'group') ?? '')
  if (gid === undefined) return 'no-group'
  const passwd = withLine(texts.passwd, name, [
    name,
    'x',
    uid,
    String(gid),
    attribute(action, 'gcos-field') ?? '& User',
    attribute(action, 'home-dir') ?? '/',
    attribute(action, 'login-shell') ?? '',
  ])
  const shadow =
    texts.shadow === undefined
      ? undefined
      : withLine(texts.shadow, name, shadowLine(texts, change.old, action, change.now))
  let group = texts.group
  const formerly = change.old === undefined ? [] : attributes(change.old, 'group-list')
  for (const each of formerly)
    if (fieldsOf(group, each) !== undefined)
      group = membersChanged(group, each, (members) => members.filter((m) => m !== name))
  for (const each of attributes(action, 'group-list')) {
    group = membersChanged(group, each, (members) => (members.includes(name) ? members : [...members, name]))
  }
  const denied = attribute(action, 'ftpuser')?.toLowerCase() === 'false'
  const ftpusers =
    texts.ftpusers === undefined ? undefined : withLine(texts.ftpusers, name, denied ? [name] : undefined)
  return { passwd, shadow, group, ftpusers }
}

/** Takes a user out of all databases. */
export function removeUser(texts: DatabaseTexts, action: Action): DatabaseTexts {
  const name = attribute(action, 'username') ?? ''
  let group = texts.group
  for (const line of linesOf(group)) {
    const each = line.split(':')[0] ?? ''
    group = membersChanged(group, each, (members) => members.filter((member) => member !== name))
  }
  const without = (text: string | undefined) =>
    text === undefined ? undefined : withLine(text, name, undefined)
  return { ...readDatabases((each) => without(texts[each])), group }
}

const wellKnown: Readonly<Record<'passwd' | 'group', ReadonlyMap<string, number>>> = {
  passwd: new Map(
    Object.entries({ root: 0, daemon: 1, bin: 2, sys: 3, adm: 4, uucp: 5, nuucp: 9, lp: 71, nobody: 60001 }),
  ),
  group: new Map(
    Object.entries({
      root: 0,
      other: 1,
      bin: 2,
      sys: 3,
      adm: 4,
      uucp: 5,
      mail: 6,
      tty: 7,
      lp: 8,
      nuucp: 9,
      staff: 10,
      daemon: 12,
      nobody: 60001,
    }),
  ),
}

/** Number of an owner or group by the text of its database; without a database, the number that illumos gives to the name. */
export function ownerId(
  kind: 'passwd' | 'group',
  text: string | undefined,
  name: string,
): number | undefined {
  return text === undefined ? wellKnown[kind].get(name) : idOf(text, name)
}

/** Name of the number of an owner or group, as `ownerId` finds it. */
export function ownerName(
  kind: 'passwd' | 'group',
  text: string | undefined,
  id: number,
): string | undefined {
  return text === undefined
    ? [...wellKnown[kind]].find(([, number]) => number === id)?.[0]
    : nameOfId(text, id)
}
