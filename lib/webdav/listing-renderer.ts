import type { DirectoryNode, TreeNode } from '../domain/tree.ts'
import type { PropertySet } from './properties.ts'
import { MULTISTATUS_CLOSE, MULTISTATUS_OPEN } from './responses.ts'

/** The complete Depth 1 answer of one directory for one set of properties. */
export interface RenderedListing {
  readonly directory: DirectoryNode
  readonly properties: PropertySet
  readonly bytes: Buffer
  /** Where the response of each child begins in `bytes`, in the order of `children`; one more for the end of the last. */
  readonly offsets: Float64Array
  /** Responses rendered anew, not copied. */
  readonly rendered: number
}

/** Children between two yields; rendering one takes some microseconds. */
const STEP = 32
/** As much is copied in a tenth of a millisecond; of films that follow each other there may be megabytes. */
const COPY_BYTES = 128 * 1024

/**
 * Renders a directory's answer; may be paused at each yield. Of `previous`, the answer for an earlier state of the same
 * directory and the same set, the responses of children that stayed are copied, neighbours together.
 */
export function* renderListing(
  directory: DirectoryNode,
  properties: PropertySet,
  previous: RenderedListing | undefined,
): Generator<void, RenderedListing> {
  const { children } = directory
  const writer = new ByteWriter(previous ? previous.bytes.length + 65_536 : (children.size + 4) * 600)
  writer.text(MULTISTATUS_OPEN + properties.render(directory))
  const positions = previous && (yield* positionsOf(previous.directory))
  const offsets = new Float64Array(children.size + 1)
  let index = 0
  let rendered = 0
  // [from, to) of the answer before is still to be copied.
  let from = 0
  let to = 0
  const copyRun = (): void => {
    if (previous && to > from) writer.copy(previous.bytes, from, to)
    from = to
  }
  for (const child of children.values()) {
    offsets[index] = writer.length + to - from
    const position = positions?.get(child)
    if (previous && position !== undefined) {
      const start = previous.offsets[position] ?? 0
      if (start !== to) {
        copyRun()
        from = start
      }
      to = previous.offsets[position + 1] ?? 0
      if (to - from >= COPY_BYTES) copyRun()
    } else {
      copyRun()
      writer.text(properties.render(child))
      rendered += 1
    }
    index += 1
    if (index % STEP === 0) yield
  }
  copyRun()
  offsets[index] = writer.length
  writer.text(MULTISTATUS_CLOSE)
  return { directory, properties, bytes: writer.bytes(), offsets, rendered }
}

/** Of directories of earlier trees, as long as an answer of theirs is kept: each set of properties asks again. */
const positions = new WeakMap<DirectoryNode, ReadonlyMap<TreeNode, number>>()

function* positionsOf(directory: DirectoryNode): Generator<void, ReadonlyMap<TreeNode, number>> {
  const known = positions.get(directory)
  if (known) return known
  const made = new Map<TreeNode, number>()
  for (const child of directory.children.values()) {
    made.set(child, made.size)
    if (made.size % STEP === 0) yield
  }
  positions.set(directory, made)
  return made
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

  /** What was written, in a buffer at most an eighth larger: copying megabytes would hold the event loop for long. */
  bytes(): Buffer {
    if (this.length >= (this.#buffer.length * 7) / 8) return this.#buffer.subarray(0, this.length)
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
