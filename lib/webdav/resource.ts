/** What a listing and a GET need of a resource. The nodes of the library's tree fit as they are. */
interface ResourceBase {
  readonly name: string
  /** Absolute, percent-encoded; ends with `/` for a directory. */
  readonly href: string
  readonly modifiedAtMs: number
  /** `modifiedAtMs` as an HTTP date. */
  readonly lastModified: string
  /** Strong, with its quotes. */
  readonly etag: string
}

export interface FileResource extends ResourceBase {
  readonly kind: 'file'
  readonly sizeBytes: number
  readonly mediaType: string
}

export interface DirectoryResource extends ResourceBase {
  readonly kind: 'directory'
}

export type Resource = FileResource | DirectoryResource

/** Percent-encodes every segment (RFC 3986 section 3.3): `?`, `#` and `%` too. */
export const encodePath = (segments: readonly string[]): string =>
  segments.map((segment) => `/${encodeURIComponent(segment)}`).join('')
