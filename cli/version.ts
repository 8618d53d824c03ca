/** Set by the build from package.json. */
declare const PKG6_VERSION: string

/** Version of this client, for `pkg6 version` and the history. */
export const clientVersion: string = typeof PKG6_VERSION === 'string' ? PKG6_VERSION : 'development'
