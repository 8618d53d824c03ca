import { createHash } from 'node:crypto'

/** What an OCI image says about how to run it. Source: OCI image specification 1.1, config.md. */
export interface OciSettings {
  readonly architecture: string
  readonly os: string
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** `NAME=value`. */
  readonly environment: readonly string[]
  readonly workingDirectory: string | undefined
  readonly user: string | undefined
  readonly labels: ReadonlyMap<string, string>
  /** Name of the image in the layout's index; undefined: it has none. */
  readonly tag: string | undefined
  /** Milliseconds since 1970-01-01 UTC. */
  readonly created: number
}

/** The one layer of an image, as it lies in the layout. */
export interface OciLayer {
  readonly compressed: boolean
  /** Hexadecimal SHA-256 of the file. */
  readonly digest: string
  /** Bytes of the file. */
  readonly size: number
  /** Hexadecimal SHA-256 of the tar archive in it. */
  readonly tarDigest: string
}

/** A small file of a layout. */
export interface LayoutFile {
  /** Relative to the layout. */
  readonly path: string
  readonly text: string
}

/** Place of a blob in a layout. */
export function blobPath(digest: string): string {
  return `blobs/sha256/${digest}`
}

/** GOARCH name of a `variant.arch`, as the specification asks for. */
export function ociArchitecture(variant: string): string {
  const known: Readonly<Record<string, string>> = { i386: 'amd64', sparc: 'sparc64', aarch64: 'arm64' }
  return Object.hasOwn(known, variant) ? known[variant]! : variant
}

interface Blob {
  readonly digest: string
  readonly size: number
  readonly file: LayoutFile
}

function blob(value: unknown): Blob {
  const text = JSON.stringify(value)
  const digest = createHash('sha256').update(text).digest('hex')
  return { digest, size: Buffer.byteLength(text), file: { path: blobPath(digest), text } }
}

/** An object without the members that say nothing. */
function filled(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && !isEmpty(value)),
  )
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/**
 * Everything of an OCI image layout but its layer: configuration, manifest, index and the mark of the layout, with the digest of
 * the manifest, by which the image is known. The same layer and settings give the same bytes.
 */
export function ociLayout(
  layer: OciLayer,
  settings: OciSettings,
): { readonly files: readonly LayoutFile[]; readonly digest: string } {
  const created = new Date(settings.created).toISOString().replace(/\.000Z$/, 'Z')
  const { architecture, os } = settings
  const config = blob({
    created,
    architecture,
    os,
    config: filled({
      User: settings.user,
      Env: settings.environment,
      Entrypoint: settings.entrypoint,
      Cmd: settings.command,
      WorkingDir: settings.workingDirectory,
      Labels: Object.fromEntries([...settings.labels].sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer.tarDigest}`] },
    history: [{ created, created_by: 'pkg6 image-export' }],
  })
  const manifest = blob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${config.digest}`,
      size: config.size,
    },
    layers: [
      {
        mediaType: `application/vnd.oci.image.layer.v1.tar${layer.compressed ? '+gzip' : ''}`,
        digest: `sha256:${layer.digest}`,
        size: layer.size,
      },
    ],
  })
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: `sha256:${manifest.digest}`,
        size: manifest.size,
        ...(settings.tag === undefined
          ? {}
          : { annotations: { 'org.opencontainers.image.ref.name': settings.tag } }),
        platform: { architecture, os },
      },
    ],
  }
  return {
    files: [
      config.file,
      manifest.file,
      { path: 'index.json', text: JSON.stringify(index) },
      { path: 'oci-layout', text: JSON.stringify({ imageLayoutVersion: '1.0.0' }) },
    ],
    digest: manifest.digest,
  }
}
