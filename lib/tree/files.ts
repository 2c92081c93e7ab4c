import { type ContentId, contentId, type InfoHash, type LocalContentId } from '../domain/ids.ts'
import { encodeSegment } from '../domain/legal-name.ts'
import type { SidecarPlace } from '../domain/library-rows.ts'
import { httpDate } from './http-date.ts'
import { mediaTypeOf } from './media-type.ts'

/**
 * Keeps what the rest follows from and renders that on demand: strings for 200,000 episodes would hold 200 MB, and
 * rendering one takes about a microsecond, which a listing of a season does not feel.
 */
class NamedFile {
  readonly name: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  readonly #parentHref: string

  constructor(parentHref: string, name: string, facts: { readonly sizeBytes: number; readonly modifiedAtMs: number }) {
    this.name = name
    this.sizeBytes = facts.sizeBytes
    this.modifiedAtMs = facts.modifiedAtMs
    this.#parentHref = parentHref
  }

  get kind() {
    return 'file' as const
  }

  get href(): string {
    return this.#parentHref + encodeSegment(this.name)
  }

  get lastModified(): string {
    return httpDate(this.modifiedAtMs)
  }

  get mediaType(): string {
    return mediaTypeOf(this.name)
  }

  protected isNamed(parentHref: string, name: string): boolean {
    return this.name === name && this.#parentHref === parentHref
  }
}

export interface FileFacts {
  readonly infoHash: InfoHash
  readonly fileIndex: number
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  /** Of the video before it. */
  readonly isSubtitle: boolean
}

/** A torrent's file. */
export class TreeFile extends NamedFile {
  readonly infoHash: InfoHash
  readonly fileIndex: number

  constructor(parentHref: string, name: string, facts: Omit<FileFacts, 'isSubtitle'>) {
    super(parentHref, name, facts)
    this.infoHash = facts.infoHash
    this.fileIndex = facts.fileIndex
  }

  /** Said by the class: a field would cost every episode its place. */
  get isSubtitle(): boolean {
    return false
  }

  /** A torrent's bytes never change: info-hash, file index and size are a strong validator (RFC 9110 section 8.8.1). */
  get etag(): string {
    return `"${this.infoHash}-${this.fileIndex}-${this.sizeBytes.toString(36)}"`
  }

  get content(): ContentId {
    return contentId(this.infoHash, this.fileIndex)
  }

  isSameAs(parentHref: string, name: string, facts: FileFacts): boolean {
    return (
      this.isNamed(parentHref, name) &&
      this.infoHash === facts.infoHash &&
      this.fileIndex === facts.fileIndex &&
      this.sizeBytes === facts.sizeBytes &&
      this.modifiedAtMs === facts.modifiedAtMs &&
      this.isSubtitle === facts.isSubtitle
    )
  }
}

export class SubtitleFile extends TreeFile {
  override get isSubtitle(): boolean {
    return true
  }
}

export interface LocalFacts {
  readonly content: LocalContentId
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  /** Changes with the bytes. */
  readonly tag: string
  /** Beside an item as a whole, or after the video that it belongs to. */
  readonly place: Pick<SidecarPlace, 'at'>
}

/** A file of no torrent. */
export class LocalFile extends NamedFile {
  readonly content: LocalContentId
  readonly tag: string
  readonly place: Pick<SidecarPlace, 'at'>

  constructor(parentHref: string, name: string, facts: LocalFacts) {
    super(parentHref, name, facts)
    this.content = facts.content
    this.tag = facts.tag
    this.place = { at: facts.place.at }
  }

  get isSubtitle(): boolean {
    return this.place.at === 'subtitle'
  }

  get etag(): string {
    return `"${this.tag}-${this.sizeBytes.toString(36)}"`
  }

  isSameAs(parentHref: string, name: string, facts: LocalFacts): boolean {
    return (
      this.isNamed(parentHref, name) &&
      this.content === facts.content &&
      this.sizeBytes === facts.sizeBytes &&
      this.modifiedAtMs === facts.modifiedAtMs &&
      this.tag === facts.tag &&
      this.place.at === facts.place.at
    )
  }
}

export type AnyFile = TreeFile | LocalFile
