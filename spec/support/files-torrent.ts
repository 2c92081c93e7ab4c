import { createHash } from 'node:crypto'
import { infoHash } from '../../lib/domain/ids.ts'
import { PieceLayout } from '../../lib/domain/piece-layout.ts'
import { encodeBencoded } from '../../lib/torrent/metadata/bencode.ts'
import { torrentFileOf } from '../../lib/torrent/metadata/parse-metadata.ts'
import type { MadeTorrent } from './make-torrent.ts'

export interface NamedFile {
  /** Under the torrent's name, `/`-separated. */
  readonly path: string
  readonly bytes: Buffer
}

export interface FilesTorrent extends MadeTorrent {
  readonly files: readonly NamedFile[]
  magnetTo(peerAddress: string): string
}

/** A torrent of several files. `magnetTo` names a peer (`x.pe`, BEP 9), so that no tracker is needed. */
export function makeFilesTorrent(
  name: string,
  files: readonly NamedFile[],
  pieceBytes = 64 * 1024,
  trackers: readonly string[] = [],
): FilesTorrent {
  const content = Buffer.concat(files.map((file) => file.bytes))
  const layout = new PieceLayout(pieceBytes, content.length)
  const pieces = Buffer.concat(
    Array.from({ length: layout.pieceCount }, (_, piece) => {
      const start = layout.pieceStart(piece)
      return createHash('sha1')
        .update(content.subarray(start, start + layout.pieceLength(piece)))
        .digest()
    }),
  )
  const infoBytes = Buffer.from(
    encodeBencoded({
      files: files.map((file) => ({ length: file.bytes.length, path: file.path.split('/') })),
      name,
      'piece length': pieceBytes,
      pieces,
    }),
  )
  const hash = infoHash(createHash('sha1').update(infoBytes).digest('hex'))
  const magnetUri = `magnet:?xt=urn:btih:${hash}&dn=${encodeURIComponent(name)}`
  return {
    infoHash: hash,
    name,
    infoBytes,
    metadata: torrentFileOf(infoBytes, trackers),
    content,
    layout,
    magnetUri,
    files,
    magnetTo: (peerAddress) => `${magnetUri}&x.pe=${peerAddress}`,
  }
}
