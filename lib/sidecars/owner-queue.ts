import { episodeId, movieId, showId } from '../domain/ids.ts'
import type { SidecarOwner } from '../domain/sidecars.ts'

const KINDS = ['movie', 'show', 'episode'] as const

/** Owners, each once, first come, first served. One number each, since there may be hundreds of thousands. */
export class OwnerQueue {
  readonly #keys = new Set<number>()

  get size(): number {
    return this.#keys.size
  }

  add({ kind, id }: SidecarOwner): void {
    this.#keys.add(id * KINDS.length + KINDS.indexOf(kind))
  }

  take(): SidecarOwner | undefined {
    const [key] = this.#keys
    if (key === undefined) return undefined
    this.#keys.delete(key)
    const kind = KINDS[key % KINDS.length] ?? 'movie'
    const id = Math.floor(key / KINDS.length)
    if (kind === 'movie') return { kind, id: movieId(id) }
    return kind === 'show' ? { kind, id: showId(id) } : { kind, id: episodeId(id) }
  }
}
