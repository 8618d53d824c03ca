import type { Image } from '#image'
import type { ImageKind } from '#model'
import { type AttackWorld, change, type FileLine, type StorePayload } from './attack-world.ts'
import type { HostilePackage } from './hostile-repository.ts'

/** One way to make pkg6 write where it must not. */
export interface Attack {
  readonly name: string
  readonly kind: ImageKind
  /** What commands may answer; undefined: whatever they like, as long as nothing escapes. */
  readonly answers?: readonly string[]
  /** Gives what the attacked command answered: `ok` or a code. */
  run(world: AttackWorld): Promise<string>
}

/** Commands that attacks are tried with. */
export const operations: readonly (readonly [string, (image: Image) => Promise<{ readonly ok: boolean }>])[] =
  [
    ['install', (image) => change(image, 'install', 'tools/base@2.0')],
    ['update', (image) => change(image, 'update')],
    ['uninstall', (image) => change(image, 'uninstall', 'tools/base')],
    ['change-facet', (image) => change(image, 'change-facet')],
    ['fix', (image) => image.fix({ patterns: [], dryRun: false, acceptLicenses: true })],
    ['revert', (image) => image.revert({ paths: [], tags: ['base'], dryRun: false, acceptLicenses: true })],
  ]

/** Makes hostile packages. */
export type Deliver = (file: FileLine, payload: StorePayload) => readonly HostilePackage[]

/** How a hostile package may be refused. */
export const refused = [
  'ips::installer_error::forbidden_actions',
  'ips::installer_error::action_conflict',
  'ips::installer_error::invalid_action',
  'ips::installer_error::unsafe_path',
  'ips::installer_error::bad_payload',
  'ips::installer_error::no_space',
  'ips::repository_error::bad_manifest',
  'ips::repository_error::all_origins_failed',
]

/** Installs a hostile package, after others where these are named. */
export function delivered(
  name: string,
  deliver: Deliver,
  options: { kind?: ImageKind; names?: readonly string[]; answers?: readonly string[] } = {},
): Attack {
  const { kind = 'full', names = ['evil'], answers = refused } = options
  return {
    name: `delivered: ${name}`,
    kind,
    answers,
    async run(world) {
      world.publish(deliver)
      await world.act((image) => image.refresh({ publishers: [], full: true, onlyIfDue: false }))
      let answer = ''
      for (const one of names) answer = await world.act((image) => change(image, 'install', one))
      return answer
    },
  }
}

/** The one package `evil`. */
export const one = (...lines: readonly string[]): readonly HostilePackage[] => [{ name: 'evil@1.0', lines }]
