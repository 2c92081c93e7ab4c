import { createHash } from 'node:crypto'
import { type InfoHash, infoHash } from '../../lib/domain/ids.ts'
import { PieceLayout } from '../../lib/domain/piece-layout.ts'
import { encodeBencoded } from '../../lib/torrent/metadata/bencode.ts'
import { torrentFileOf } from '../../lib/torrent/metadata/parse-metadata.ts'

export interface MadeTorrent {
  readonly infoHash: InfoHash
  readonly name: string
  readonly infoBytes: Buffer
  readonly metadata: Uint8Array
  readonly content: Buffer
  readonly layout: PieceLayout
  readonly magnetUri: string
}

export interface MakeTorrentOptions {
  readonly name?: string
  readonly totalBytes: number
  /** Instead of made-up bytes; `totalBytes` long. */
  readonly content?: Uint8Array
  readonly pieceBytes: number
  readonly isPrivate?: boolean
  readonly trackers?: readonly string[]
  /** Distinguishes torrents of the same size. */
  readonly seed?: number
}

/** Bytes that look random, the same for the same seed, at memory speed. */
export function makeContent(totalBytes: number, seed = 1): Buffer {
  const content = Buffer.allocUnsafe(totalBytes)
  const words = new Uint32Array(content.buffer, content.byteOffset - (content.byteOffset % 4), totalBytes >> 2)
  let state = (seed * 2654435761) >>> 0 || 1
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[index] = state
  }
  for (let at = words.length * 4; at < totalBytes; at++) content[at] = at & 255
  return content
}

/** The torrent of these bytes; `info` is what of its dictionary tells the files (BEP 3). */
export function torrentOf(
  name: string,
  content: Buffer,
  pieceBytes: number,
  info: Readonly<Record<string, unknown>>,
  trackers: readonly string[] = [],
): MadeTorrent {
  const layout = new PieceLayout(pieceBytes, content.length)
  const pieces = Buffer.concat(
    Array.from({ length: layout.pieceCount }, (_, piece) => {
      const start = layout.pieceStart(piece)
      return createHash('sha1')
        .update(content.subarray(start, start + layout.pieceLength(piece)))
        .digest()
    }),
  )
  const infoBytes = Buffer.from(encodeBencoded({ ...info, name, 'piece length': pieceBytes, pieces }))
  const hash = infoHash(createHash('sha1').update(infoBytes).digest('hex'))
  return {
    infoHash: hash,
    name,
    infoBytes,
    metadata: torrentFileOf(infoBytes, trackers),
    content,
    layout,
    magnetUri: `magnet:?xt=urn:btih:${hash}&dn=${encodeURIComponent(name)}`,
  }
}

/** A single-file torrent with its content. */
export function makeTorrent(options: MakeTorrentOptions): MadeTorrent {
  const { name = 'film.mkv', totalBytes, pieceBytes, isPrivate, trackers, seed } = options
  const content = options.content ? Buffer.from(options.content) : makeContent(totalBytes, seed)
  return torrentOf(name, content, pieceBytes, { length: totalBytes, ...(isPrivate && { private: 1 }) }, trackers)
}
