declare const brand: unique symbol

/** A value of type `T` that only one function makes, so that holding one proves it was checked. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Package name without publisher and version, e.g. `web/server/nginx`. Made by `parseStem` and the FMRI parsers only. */
export type Stem = Brand<string, 'Stem'>
/** Publisher prefix as FMRIs carry it, e.g. `openindiana.org`. Made by `parsePublisherName` and the FMRI parsers only. */
export type PublisherName = Brand<string, 'PublisherName'>
/** Absolute, normalised path on the host. Made by `absolutePath` only. */
export type AbsolutePath = Brand<string, 'AbsolutePath'>
