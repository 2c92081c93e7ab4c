import type { ContentId } from '../domain/ids.ts'
import type { ContainerInfo } from './containers/container.ts'

/** Where what was detected outlives the process. Both are called rarely, once a file. */
export interface ContainerStore {
  load(content: ContentId): ContainerInfo | undefined
  save(content: ContentId, container: ContainerInfo): void
}

const MAX_ENTRIES = 4096

/** Each file is looked at once per process: the most recently used files' containers, in front of an optional store. */
export class ContainerCache {
  readonly #store: ContainerStore | undefined
  readonly #entries = new Map<ContentId, ContainerInfo>()

  constructor(store: ContainerStore | undefined) {
    this.#store = store
  }

  get(content: ContentId): ContainerInfo | undefined {
    const known = this.#entries.get(content)
    if (known) {
      this.#entries.delete(content)
      this.#entries.set(content, known)
      return known
    }
    const stored = this.#store?.load(content)
    if (stored) this.#remember(content, stored)
    return stored
  }

  set(content: ContentId, container: ContainerInfo): void {
    this.#remember(content, container)
    this.#store?.save(content, container)
  }

  #remember(content: ContentId, container: ContainerInfo): void {
    this.#entries.set(content, container)
    if (this.#entries.size <= MAX_ENTRIES) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      break
    }
  }
}
