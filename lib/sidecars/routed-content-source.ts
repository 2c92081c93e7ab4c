import type { ContentReader, ContentSource } from '../domain/content.ts'
import { type AnyContentId, isLocalContent } from '../domain/ids.ts'
import type { ByteRange } from '../domain/ranges.ts'

/** Files of torrents from where they are fetched, all others from this machine. */
export class RoutedContentSource implements ContentSource {
  readonly #torrents: ContentSource
  readonly #local: ContentSource

  constructor(torrents: ContentSource, local: ContentSource) {
    this.#torrents = torrents
    this.#local = local
  }

  open(content: AnyContentId, range: ByteRange, signal: AbortSignal): Promise<ContentReader> {
    return (isLocalContent(content) ? this.#local : this.#torrents).open(content, range, signal)
  }
}
