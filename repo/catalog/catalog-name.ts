const catalogFileName = /^(?:catalog|update)\.[A-Za-z0-9_@-]+(?:\.[A-Za-z0-9_@-]+)*$/

/** True for names a catalog directory may hold (`catalog.attrs`, `catalog.base.C`, `update.20240102T03Z.C`): no slash, no `..`. */
export function isCatalogFileName(name: string): boolean {
  return name.length <= 255 && catalogFileName.test(name)
}
