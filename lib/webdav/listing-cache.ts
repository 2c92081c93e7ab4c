import type { DirectoryNode } from '../domain/tree.ts'
import { type ContentEncoding, compress, ENCODINGS } from './content-encoding.ts'
import { type RenderedListing, renderListing } from './listing-renderer.ts'
import type { PropertySet } from './properties.ts'

export interface CachedListing extends RenderedListing {
  /** Compressed forms that are made. */
  readonly encoded: Map<ContentEncoding, Buffer>
  /** How often each compressed form was asked for. */
  readonly asked: Map<ContentEncoding, number>
}

/** Below it rendering anew takes less than a tenth of a millisecond, and the memory is better used otherwise. */
const MIN_CHILDREN = 64
/** Kept at most, over all directories and sets of properties: the least recently used go first. */
const MAX_LISTINGS = 64
const MAX_BYTES = 64 * 1024 * 1024
/** Less than that is one packet in either form. */
const MIN_ENCODED_BYTES = 1024

/**
 * Complete Depth 1 answers of large directories as bytes, 64 MiB of them at most (compressed forms included, an eighth of slack not). A directory
 * that a new tree took over unchanged keeps its answer; of one that changed only the changed children are rendered, the
 * rest is copied from the answer before.
 */
export class ListingCache {
  readonly #listings = new Map<string, CachedListing>()
  readonly #compressing = new Set<Promise<void>>()
  #keptBytes = 0

  static isWorthwhile(directory: DirectoryNode): boolean {
    return directory.children.size >= MIN_CHILDREN
  }

  /** Responses rendered so far, those copied not counted. */
  rendered = 0

  get keptBytes(): number {
    return this.#keptBytes
  }

  /** The least recently used first. */
  kept(): readonly RenderedListing[] {
    return [...this.#listings.values()]
  }

  has(directory: DirectoryNode, properties: PropertySet): boolean {
    return this.#listings.get(keyOf(directory, properties))?.directory === directory
  }

  /** Made now when it is not kept. */
  get(directory: DirectoryNode, properties: PropertySet): CachedListing {
    const key = keyOf(directory, properties)
    const kept = this.#listings.get(key)
    if (kept?.directory === directory) {
      this.#listings.delete(key)
      this.#listings.set(key, kept) // set anew, it is the last to go
      return kept
    }
    const work = renderListing(directory, properties, kept)
    let step = work.next()
    while (!step.done) step = work.next()
    return this.#keep(step.value)
  }

  /** As `get`, in steps of some microseconds; nothing is kept when it is left early. */
  *prepare(directory: DirectoryNode, properties: PropertySet): Generator<void, CachedListing> {
    if (this.has(directory, properties)) return this.get(directory, properties)
    const listing = yield* renderListing(directory, properties, this.#listings.get(keyOf(directory, properties)))
    return this.has(directory, properties) ? this.get(directory, properties) : this.#keep(listing)
  }

  forget({ directory, properties }: RenderedListing): void {
    const key = keyOf(directory, properties)
    const kept = this.#listings.get(key)
    if (!kept) return
    this.#keptBytes -= sizeOf(kept)
    this.#listings.delete(key)
  }

  /**
   * The compressed form if it is there. It is made in the background from the second time on that it is asked for, so
   * that no one waits for it, and nothing is compressed for a client that lists once.
   */
  encodedBytes(listing: CachedListing, encoding: ContentEncoding): Buffer | undefined {
    const encoded = listing.encoded.get(encoding)
    if (encoded || listing.bytes.length < MIN_ENCODED_BYTES) return encoded
    const asked = (listing.asked.get(encoding) ?? 0) + 1
    listing.asked.set(encoding, asked)
    if (asked === 2) {
      const work: Promise<void> = this.#compress(listing, encoding).finally(() => this.#compressing.delete(work))
      this.#compressing.add(work)
    }
    return undefined
  }

  /** Resolves when nothing is being compressed any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#compressing)
  }

  async #compress(listing: CachedListing, encoding: ContentEncoding): Promise<void> {
    try {
      const encoded = await compress(listing.bytes, encoding)
      listing.encoded.set(encoding, encoded)
      if (this.#listings.get(keyOf(listing.directory, listing.properties)) === listing) this.#grow(encoded.length)
    } catch {
      // It stays uncompressed.
    }
  }

  #keep(rendered: RenderedListing): CachedListing {
    const listing: CachedListing = { ...rendered, encoded: new Map(), asked: new Map() }
    this.rendered += rendered.rendered
    this.forget(listing)
    this.#listings.set(keyOf(listing.directory, listing.properties), listing)
    this.#grow(listing.bytes.length)
    return listing
  }

  #grow(bytes: number): void {
    this.#keptBytes += bytes
    for (const oldest of this.#listings.values()) {
      if (this.#listings.size <= MAX_LISTINGS && this.#keptBytes <= MAX_BYTES) break
      this.forget(oldest)
    }
  }
}

/** Of a directory in whatever tree. */
const keyOf = (directory: DirectoryNode, properties: PropertySet): string => `${directory.href} ${properties.key}`

function sizeOf({ bytes, encoded }: CachedListing): number {
  let size = bytes.length
  for (const encoding of ENCODINGS) size += encoded.get(encoding)?.length ?? 0
  return size
}
