import {
  type Action,
  actionDigests,
  attribute,
  type Filesystem,
  formatFmri,
  parseSize,
  preferredDigest,
} from '#model'
import type { OwnedAction } from '../action-key.ts'
import { refuse } from '../failure.ts'
import type { ExecutorTarget } from '../target.ts'
import { type PayloadFault, PayloadRefused, type StoredPayload, unpack } from './unpack.ts'

function stated(action: Action, name: string): number | undefined {
  return parseSize(attribute(action, name))
}

/** Turns a fault into the problem of a package: `payload_missing` or `bad_payload`. Throws it as `InstallerFailure`. */
export function refusePayload({ fmri, action }: OwnedAction, fault: PayloadFault): never {
  const path = attribute(action, 'path') ?? attribute(action, 'license') ?? ''
  if (fault.kind === 'missing')
    return refuse({
      code: 'ips::installer_error::payload_missing',
      fmri: formatFmri(fmri),
      path,
      hash: action.payload ?? '',
    })
  const { expected, found } = fault
  return refuse({ code: 'ips::installer_error::bad_payload', fmri: formatFmri(fmri), path, expected, found })
}

/** The path of the payload of an action, with the facts of its manifest. Throws `payload_missing` where the store lacks it. */
export function storedPayload(
  target: Pick<ExecutorTarget, 'payloadPath'>,
  wanted: OwnedAction,
): StoredPayload {
  const { action, fmri } = wanted
  const path = target.payloadPath(action, fmri) ?? refusePayload(wanted, { kind: 'missing' })
  const digests = actionDigests(action)
  return {
    path,
    packedSize: stated(action, 'pkg.csize'),
    packedDigest: preferredDigest(digests, 'gzip'),
    size: stated(action, 'pkg.size'),
    digest: preferredDigest(digests, 'file'),
  }
}

/** The whole verified content of a payload that decides something. Throws `payload_missing` and `bad_payload` as `InstallerFailure`. */
export function readPayload(
  target: Pick<ExecutorTarget, 'payloadPath'> & { readonly filesystem: Filesystem },
  wanted: OwnedAction,
): Uint8Array {
  try {
    return Buffer.concat([...unpack(target.filesystem, storedPayload(target, wanted))])
  } catch (error) {
    if (error instanceof PayloadRefused) return refusePayload(wanted, error.fault)
    throw error
  }
}
