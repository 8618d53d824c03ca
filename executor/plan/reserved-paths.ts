import { type ActionType, besidePlace, configName, metadataNames, reservedNames } from '#model'
import { isInStage, isWithin, nameOf } from '../image-path.ts'

/** A name in the form that file systems compare if they ignore case, compatibility forms or invisible characters. */
function folded(path: string): string {
  // Needs no Unicode tables.
  if (/^\p{ASCII}*$/u.test(path)) return path.toLowerCase()
  return path
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .normalize('NFKC')
}

/** True when some file systems take the path for a directory or something in it. */
export function spellsPathIn(path: string, directory: string): boolean {
  return isWithin(folded(path), folded(directory))
}

/** The reserved name in a metadata folder that a path leads to, as some file systems take it; undefined: the path leads to none. */
export function reservedNameIn(path: string, metadataPath: string): string | undefined {
  if (!spellsPathIn(path, metadataPath)) return undefined
  const [name = ''] = folded(path)
    .slice(folded(metadataPath).length + 1)
    .split('/')
  return reservedNames.find((reserved) => name === reserved || name.startsWith(`${reserved}.`))
}

/** True when some file systems take the path for a directory or something above it. */
export function spellsPathTo(path: string, directory: string): boolean {
  return isWithin(folded(directory), folded(path))
}

/**
 * Metadata folders of every kind of image. All are listed, because commands find an image by these names: if a package delivered the
 * metadata folder of another kind, commands could open that one instead of this image.
 */
const folders = metadataNames.map(([, name]) => name)

/** Why the images of one metadata folder need the path for themselves. */
function faultIn(type: ActionType, path: string, metadataPath: string): string | undefined {
  if (spellsPathIn(path, metadataPath)) {
    const name = reservedNameIn(path, metadataPath)
    if (name !== undefined) return `${metadataPath}/${name} is reserved for the image itself`
    if (!isWithin(path, metadataPath))
      return `some file systems take ${path} for ${metadataPath}, which is reserved for the image itself`
    if (path === metadataPath && type !== 'dir') return `${path} must stay a directory for the image itself`
  }
  const beside = Object.values(besidePlace).map((end) => metadataPath + end)
  const near = beside.find((directory) => spellsPathIn(path, directory))
  return near === undefined ? undefined : `${near} is reserved for the image itself`
}

/**
 * Why a package must not deliver a path, as a sentence; undefined: it may. Metadata folders of every kind are reserved in images of every
 * kind: a package must not deliver an image that commands find instead of this one. In a metadata folder, only the names that clients use are
 * reserved.
 * Source: image-plan §4.4.
 */
export function reservedFault(type: ActionType, path: string, metadataPath: string): string | undefined {
  if (type !== 'dir' && isWithin(metadataPath, path))
    return `${path} must stay a directory for the image itself`
  if (type !== 'dir' && spellsPathTo(path, metadataPath))
    return `some file systems take ${path} for ${metadataPath}, which is reserved for the image itself`
  if (isInStage(folded(path))) return `${path} has a name that is reserved for unfinished changes`
  for (const folder of new Set([metadataPath, ...folders])) {
    const fault = faultIn(type, path, folder)
    if (fault !== undefined) return fault
  }
  return folded(nameOf(path)) === configName
    ? `${nameOf(path)} is the name of the configuration of an image`
    : undefined
}
