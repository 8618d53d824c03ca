import { type Action, attribute, attributes } from '#model'
import { type DatabaseTexts, fieldsOf, nameOfId, shadowFields } from '../files/user-database.ts'

const MISSING = '<missing>'

function differing(name: string, found: string | undefined, wanted: string | undefined): string[] {
  if (wanted === undefined || found === wanted) return []
  return [`${name}: '${found ?? MISSING}' should be '${wanted}'`]
}

/**
 * The password and its ageing, where the action states them. A password that users set themselves (empty or UP) is theirs once it
 * differs, with its ageing. Only root may read the file. Source: image-plan §9.
 */
function verifyShadow(texts: DatabaseTexts, action: Action, known: boolean): string[] {
  if (texts.shadow === undefined || !known) return []
  const password = attribute(action, 'password')
  const found = fieldsOf(texts.shadow, attribute(action, 'username') ?? '')
  if (found === undefined) return differing('password', undefined, password ?? '*LK*')
  const settable = password === 'UP' || password === ''
  if (settable && found[1] !== password) return []
  return [
    ...differing('password', found[1], password),
    ...shadowFields.flatMap((name, index) => differing(name, found[index + 2], attribute(action, name))),
  ]
}

function verifyUser(texts: DatabaseTexts, action: Action): string[] {
  const name = attribute(action, 'username') ?? ''
  const found = fieldsOf(texts.passwd, name)
  const shellMayChange = attribute(action, 'shell-change-ok') === 'true' && found !== undefined
  const member = (group: string) => fieldsOf(texts.group, group)?.[3]?.split(',').includes(name) ?? false
  const groups = attributes(action, 'group-list')
  const absent = groups.filter((group) => !member(group))
  const listed = texts.ftpusers?.split('\n').includes(name)
  const mayFtp = attribute(action, 'ftpuser')?.toLowerCase() !== 'false'
  return [
    ...differing('gcos-field', found?.[4], attribute(action, 'gcos-field')),
    ...differing('home-dir', found?.[5], attribute(action, 'home-dir')),
    ...differing('group', found && nameOfId(texts.group, found[3] ?? ''), attribute(action, 'group')),
    ...verifyShadow(texts, action, found !== undefined),
    ...(shellMayChange ? [] : differing('login-shell', found?.[6], attribute(action, 'login-shell'))),
    ...differing('uid', found?.[2], attribute(action, 'uid')),
    ...(absent.length === 0
      ? []
      : differing('group-list', groups.filter(member).join(','), groups.join(','))),
    ...(listed === undefined || listed !== mayFtp
      ? []
      : differing('ftpuser', String(!listed), String(mayFtp))),
  ]
}

/** Differences between a user or group action and the databases, as detail texts; empty when there are none. */
export function verifyAccount(texts: DatabaseTexts, action: Action): string[] {
  if (action.type === 'user') return verifyUser(texts, action)
  const name = attribute(action, 'groupname') ?? ''
  const found = fieldsOf(texts.group, name)
  return [
    ...differing('gid', found?.[2], attribute(action, 'gid')),
    ...differing('groupname', found?.[0], name),
  ]
}
