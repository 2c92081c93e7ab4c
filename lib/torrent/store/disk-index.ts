import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type InfoHash, infoHash } from '../../domain/ids.ts'
import { PieceLayout } from '../../domain/piece-layout.ts'

/** What the store must know of a torrent before it is opened. */
export interface IndexEntry {
  readonly storedBytes: number
  /** Of its least recently used piece: the torrent's place in the eviction order until its pieces are listed. */
  readonly oldestUse: number
  /** Which pieces, a bit each in the wire's order (BEP 3). Undefined when that was never known. */
  readonly have: { readonly layout: PieceLayout; readonly bitfield: Uint8Array } | undefined
}

export interface DiskIndex {
  /** Whether it was written by `close()` and nothing changed since. */
  readonly isClean: boolean
  /** The newest stamp given, so that stamps go on growing when the wall clock was set back. */
  readonly lastStamp: number
  readonly torrents: ReadonlyMap<InfoHash, IndexEntry>
}

export interface ReadIndex extends DiskIndex {
  /** Some torrent's pieces are not told: the index is of an earlier version. */
  readonly lacksPieces: boolean
}

const FILE_NAME = 'index.json'
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0

/** Undefined when there is none or it cannot be understood. */
export async function readIndex(directory: string): Promise<ReadIndex | undefined> {
  try {
    const data: unknown = JSON.parse(await readFile(join(directory, FILE_NAME), 'utf8'))
    const { version, isClean, lastStamp, torrents } = data as Record<string, unknown>
    if (version !== 1 || typeof isClean !== 'boolean' || !isCount(lastStamp) || !Array.isArray(torrents)) {
      return undefined
    }
    const entries = torrents.map((row: unknown): [InfoHash, IndexEntry] => {
      const [hash, storedBytes, oldestUse, pieceBytes, totalBytes, bits] = row as unknown[]
      if (!isCount(storedBytes) || !isCount(oldestUse)) throw new TypeError('not an index entry')
      const have = haveOf(pieceBytes, totalBytes, bits)
      return [infoHash(String(hash)), { storedBytes, oldestUse, have }]
    })
    const lacksPieces = entries.some(([, entry]) => !entry.have)
    return { isClean, lastStamp, torrents: new Map(entries), lacksPieces }
  } catch {
    return undefined // a missing or damaged index is rebuilt from the directory
  }
}

function haveOf(pieceBytes: unknown, totalBytes: unknown, bits: unknown): IndexEntry['have'] {
  if (!isCount(pieceBytes) || !isCount(totalBytes) || typeof bits !== 'string') return undefined
  const layout = new PieceLayout(pieceBytes, totalBytes)
  const bitfield = new Uint8Array(Math.ceil(layout.pieceCount / 8))
  bitfield.set(Buffer.from(bits, 'base64').subarray(0, bitfield.length))
  return { layout, bitfield }
}

export async function writeIndex(directory: string, index: DiskIndex): Promise<void> {
  const torrents = [...index.torrents].map(([hash, { storedBytes, oldestUse, have }]) => {
    const { layout, bitfield } = have ?? {}
    const row = [hash, storedBytes, oldestUse]
    return layout && bitfield
      ? [...row, layout.pieceBytes, layout.totalBytes, Buffer.from(bitfield).toString('base64')]
      : row
  })
  const { isClean, lastStamp } = index
  await replaceFile(join(directory, FILE_NAME), JSON.stringify({ version: 1, isClean, lastStamp, torrents }))
}

/** The file holds the old content or the new, never a part: written aside, made durable, renamed. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.tmp`, content, { flush: true })
  await rename(`${path}.tmp`, path)
}
