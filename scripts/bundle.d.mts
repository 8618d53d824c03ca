/** Bundles scripts of this project into a folder. `entries`: paths below the project, each `NAME.ts`; bundles are called `NAME.mjs`. */
export function bundleScripts(
  entries: readonly string[],
  folder: string,
  sourcemap: 'inline' | false,
): Promise<void>
