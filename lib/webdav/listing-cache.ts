import { randomBytes } from 'node:crypto'
import type { DirectoryNode } from '../domain/tree.ts'
import type { PropertySet } from './properties.ts'
import { MULTISTATUS_CLOSE, MULTISTATUS_OPEN } from './responses.ts'

export interface CachedListing {
  readonly bytes: Buffer
  /** Weak, since the compressed form is answered with it too. */
  readonly etag: string
  gzipped: Buffer | undefined
  isCompressing: boolean
}

/** Below it rendering anew takes less than a tenth of a millisecond, and the memory is better used otherwise. */
const MIN_CHILDREN = 64
/** Clients ask for a handful of sets; one that varies its own gets no place. */
const MAX_SETS = 6

/**
 * Complete Depth 1 answers as bytes, made when first asked for. Keyed by the directory's node: one that a new tree took
 * over unchanged keeps its listing, one that left goes with it.
 */
export class ListingCache {
  readonly #listings = new WeakMap<DirectoryNode, Map<string, CachedListing>>()
  readonly #instance = randomBytes(6).toString('base64url')
  #made = 0

  static isWorthwhile(directory: DirectoryNode): boolean {
    return directory.children.size >= MIN_CHILDREN
  }

  get(directory: DirectoryNode, properties: PropertySet): CachedListing {
    let sets = this.#listings.get(directory)
    if (!sets) {
      sets = new Map()
      this.#listings.set(directory, sets)
    }
    const cached = sets.get(properties.key)
    if (cached) return cached
    const listing = this.#make(directory, properties)
    if (sets.size < MAX_SETS) sets.set(properties.key, listing)
    return listing
  }

  #make(directory: DirectoryNode, properties: PropertySet): CachedListing {
    let xml = MULTISTATUS_OPEN + properties.render(directory)
    for (const child of directory.children.values()) xml += properties.render(child)
    this.#made += 1
    return {
      bytes: Buffer.from(xml + MULTISTATUS_CLOSE),
      etag: `W/"${this.#instance}-${this.#made}"`,
      gzipped: undefined,
      isCompressing: false,
    }
  }
}
