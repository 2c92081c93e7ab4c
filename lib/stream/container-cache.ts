import type { ContainerInfo, ContainerStore } from '../domain/container.ts'
import { type ContentId, parseContentId } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'

const MAX_ENTRIES = 256

/** The containers of the most recently used files in front of the store: no file is looked at twice. */
export class ContainerCache {
  readonly #store: ContainerStore | undefined
  readonly #logger: Logger
  readonly #entries = new Map<ContentId, ContainerInfo>()

  constructor(store: ContainerStore | undefined, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  get(content: ContentId): ContainerInfo | undefined {
    const known = this.#entries.get(content) ?? this.#store?.loadContainer(parseContentId(content))
    if (known) this.#remember(content, known)
    return known
  }

  /** A store that refuses (the torrent has left meanwhile) costs a look next time, no more. */
  set(content: ContentId, container: ContainerInfo): void {
    this.#remember(content, container)
    try {
      this.#store?.saveContainer(parseContentId(content), container)
    } catch (error) {
      this.#logger.debug('container not kept', { content, err: error })
    }
  }

  #remember(content: ContentId, container: ContainerInfo): void {
    this.#entries.delete(content)
    this.#entries.set(content, container)
    if (this.#entries.size <= MAX_ENTRIES) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      break
    }
  }
}
