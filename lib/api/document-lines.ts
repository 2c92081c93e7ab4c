import { closeSync, openSync, readSync } from 'node:fs'
import { AppError } from '../domain/errors.ts'

const BLOCK_BYTES = 1024 * 1024
/** A torrent of 16 MiB in Base64, with its files, several times. */
const LINE_MAX_BYTES = 64 * 1024 * 1024
const LINE_FEED = 0x0a

/**
 * The lines of a file of UTF-8 without their ends, read as they are pulled, anew by each iteration; a line feed at the end of
 * the file begins no further line. Throws `invalid`, naming the line, for one that is not UTF-8 or longer than 64 MiB.
 */
export class DocumentLines implements Iterable<string> {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  *[Symbol.iterator](): Generator<string, void> {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    let count = 0
    for (const bytes of linesOf(this.#path)) {
      count += 1
      let text: string
      try {
        text = decoder.decode(bytes)
      } catch (error) {
        throw new AppError('invalid', `line ${count}: not UTF-8`, error)
      }
      yield text.endsWith('\r') ? text.slice(0, -1) : text
    }
  }
}

function* linesOf(path: string): Generator<Buffer, void> {
  const file = openSync(path, 'r')
  try {
    /** Of the line that has not ended yet. */
    let parts: Buffer[] = []
    let partsBytes = 0
    let count = 1
    for (let block = readBlock(file); block.length > 0; block = readBlock(file)) {
      let start = 0
      for (let end = block.indexOf(LINE_FEED); end >= 0; end = block.indexOf(LINE_FEED, start)) {
        const rest = block.subarray(start, end)
        yield parts.length === 0 ? rest : Buffer.concat([...parts, rest])
        parts = []
        partsBytes = 0
        count += 1
        start = end + 1
      }
      if (start < block.length) parts.push(block.subarray(start))
      partsBytes += block.length - start
      if (partsBytes > LINE_MAX_BYTES) throw new AppError('invalid', `line ${count}: longer than 64 MiB`)
    }
    if (parts.length > 0) yield Buffer.concat(parts)
  } finally {
    closeSync(file)
  }
}

function readBlock(file: number): Buffer {
  const block = Buffer.allocUnsafe(BLOCK_BYTES)
  return block.subarray(0, readSync(file, block, 0, BLOCK_BYTES, null))
}
