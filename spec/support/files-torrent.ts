import { type MadeTorrent, torrentOf } from './make-torrent.ts'

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
  const list = files.map((file) => ({ length: file.bytes.length, path: file.path.split('/') }))
  const torrent = torrentOf(name, content, pieceBytes, { files: list }, trackers)
  return { ...torrent, files, magnetTo: (peerAddress) => `${torrent.magnetUri}&x.pe=${peerAddress}` }
}
