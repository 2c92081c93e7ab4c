import type { DirectoryNode } from '../domain/tree.ts'
import type { PropertySet } from './properties.ts'
import { MULTISTATUS_CLOSE, MULTISTATUS_OPEN } from './responses.ts'

/** Together; then all are let go. Of a library that is walked whole again and again the smaller part is kept. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Depth 1 answers of directories that are not worth an entry of `ListingCache`, each as a string with one character for
 * each byte of its UTF-8: with the response's head before it, it goes to the socket as Latin-1 in one write. They go
 * with the nodes of their tree.
 */
export class SmallListings {
  #kept = new Map<string, WeakMap<DirectoryNode, string>>()
  #keptBytes = 0

  get keptBytes(): number {
    return this.#keptBytes
  }

  get(directory: DirectoryNode, properties: PropertySet): string {
    let ofSet = this.#kept.get(properties.key)
    const known = ofSet?.get(directory)
    if (known !== undefined) return known
    let text = MULTISTATUS_OPEN + properties.render(directory)
    for (const child of directory.children.values()) text += properties.render(child)
    const bytes = Buffer.from(text + MULTISTATUS_CLOSE).toString('latin1')
    this.#keptBytes += bytes.length
    if (this.#keptBytes > MAX_BYTES) {
      this.#kept = new Map()
      this.#keptBytes = bytes.length
      ofSet = undefined
    }
    if (!ofSet) {
      ofSet = new WeakMap()
      this.#kept.set(properties.key, ofSet)
    }
    ofSet.set(directory, bytes)
    return bytes
  }
}
