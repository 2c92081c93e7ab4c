import { Listeners } from '../../lib/domain/disposable.ts'
import { type ContentId, contentId, type InfoHash } from '../../lib/domain/ids.ts'
import type { ViewSource } from '../../lib/domain/watching.ts'
import type { ViewOptions } from '../../lib/tree/views.ts'
import { hash } from './tree-language.ts'

/** A content by `<torrent>:<index>`, the torrent as in the tree's language. */
export const contentOf = (text: string): ContentId => {
  const [torrent = '', index = '0'] = text.split(':')
  return contentId(hash(torrent), Number(index))
}

/** What was watched and what is cached, as a spec says. */
export class ScriptedViews implements ViewSource {
  watched: readonly ContentId[] = []
  cached: ReadonlySet<ContentId> = new Set()
  failure: Error | undefined
  readonly asked: ContentId[] = []
  readonly changes = new Listeners<void>()

  continueWatching() {
    if (this.failure) throw this.failure
    return this.watched.map((content) => ({ content, watchedAtMs: 0 }))
  }

  isInstant(content: ContentId): boolean {
    this.asked.push(content)
    return this.cached.has(content)
  }

  onChanged(listener: () => void) {
    return this.changes.add(listener)
  }

  /** As for a cache in which a torrent has bytes when one of its files is there. */
  readonly storedBytes = (infoHash: InfoHash): number =>
    [...this.cached].some((content) => content.startsWith(infoHash)) ? Number.MAX_SAFE_INTEGER : 0

  options(which: Partial<ViewOptions> = {}): ViewOptions {
    return {
      hasRecentlyAdded: true,
      hasContinueWatching: true,
      hasInstant: true,
      source: this,
      storedBytes: this.storedBytes,
      ...which,
    }
  }
}
