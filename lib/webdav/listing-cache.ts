import { randomBytes } from 'node:crypto'
import type { DirectoryNode, TreeNode } from '../domain/tree.ts'
import type { PropertySet } from './properties.ts'
import { MULTISTATUS_CLOSE, MULTISTATUS_OPEN } from './responses.ts'

export interface CachedListing {
  readonly bytes: Buffer
  /** Weak, since the compressed form is answered with it too. */
  readonly etag: string
  gzipped: Buffer | undefined
  isCompressing: boolean
}

interface Listing extends CachedListing {
  readonly directory: DirectoryNode
  /** Position of each child, and by position where its response begins in `bytes`; one more for the end of the last. */
  readonly indexes: ReadonlyMap<TreeNode, number>
  readonly offsets: Float64Array
}

/** Below it rendering anew takes less than a tenth of a millisecond, and the memory is better used otherwise. */
const MIN_CHILDREN = 64
/** Kept at most, over all directories and sets of properties: the least recently used go first. */
const MAX_LISTINGS = 64
const MAX_BYTES = 64 * 1024 * 1024

/**
 * Complete Depth 1 answers of large directories as bytes, made when first asked for. A directory that a new tree took
 * over unchanged keeps its answer; of one that changed only the changed children are rendered, the rest is copied from
 * the answer before.
 */
export class ListingCache {
  readonly #listings = new Map<string, Listing>()
  readonly #instance = randomBytes(6).toString('base64url')
  #made = 0
  #keptBytes = 0

  static isWorthwhile(directory: DirectoryNode): boolean {
    return directory.children.size >= MIN_CHILDREN
  }

  /** Responses rendered so far, those copied not counted. */
  rendered = 0

  get(directory: DirectoryNode, properties: PropertySet): CachedListing {
    const key = `${directory.href} ${properties.key}`
    const kept = this.#listings.get(key)
    const listing = kept?.directory === directory ? kept : this.#make(directory, properties, kept)
    this.#forget(key)
    this.#listings.set(key, listing) // set anew, it is the last to go
    this.#keptBytes += listing.bytes.length
    for (const oldest of this.#listings.keys()) {
      if (this.#listings.size <= MAX_LISTINGS && this.#keptBytes <= MAX_BYTES) break
      this.#forget(oldest)
    }
    return listing
  }

  #forget(key: string): void {
    this.#keptBytes -= this.#listings.get(key)?.bytes.length ?? 0
    this.#listings.delete(key)
  }

  #make(directory: DirectoryNode, properties: PropertySet, previous: Listing | undefined): Listing {
    const writer = new ByteWriter(previous ? previous.bytes.length + 65_536 : (directory.children.size + 4) * 600)
    writer.text(MULTISTATUS_OPEN + properties.render(directory))
    const indexes = new Map<TreeNode, number>()
    const offsets = new Float64Array(directory.children.size + 1)
    // Neighbours before and now are copied together: [from, to) of the answer before.
    let from = 0
    let to = 0
    const copyRun = (): void => {
      if (previous && to > from) writer.copy(previous.bytes, from, to)
      from = to
    }
    for (const child of directory.children.values()) {
      const index = indexes.size
      indexes.set(child, index)
      offsets[index] = writer.length + to - from
      const place = previous?.indexes.get(child)
      if (previous && place !== undefined) {
        const start = previous.offsets[place] ?? 0
        if (start !== to) {
          copyRun()
          from = start
        }
        to = previous.offsets[place + 1] ?? 0
      } else {
        copyRun()
        writer.text(properties.render(child))
        this.rendered += 1
      }
    }
    copyRun()
    offsets[indexes.size] = writer.length
    writer.text(MULTISTATUS_CLOSE)
    this.#made += 1
    return {
      directory,
      indexes,
      offsets,
      bytes: writer.bytes(),
      etag: `W/"${this.#instance}-${this.#made}"`,
      gzipped: undefined,
      isCompressing: false,
    }
  }
}

/** One growing buffer. */
class ByteWriter {
  length = 0
  #buffer: Buffer

  constructor(sizeBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(sizeBytes)
  }

  text(text: string): void {
    this.#reserve(text.length * 3) // the most that UTF-8 makes of a UTF-16 unit
    this.length += this.#buffer.write(text, this.length)
  }

  copy(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    this.length += source.copy(this.#buffer, this.length, start, end)
  }

  /** What was written, in a buffer of just that size. */
  bytes(): Buffer {
    const exact = Buffer.allocUnsafeSlow(this.length)
    this.#buffer.copy(exact, 0, 0, this.length)
    return exact
  }

  #reserve(bytes: number): void {
    if (this.#buffer.length - this.length >= bytes) return
    const larger = Buffer.allocUnsafeSlow((this.length + bytes) * 2)
    this.#buffer.copy(larger, 0, 0, this.length)
    this.#buffer = larger
  }
}
