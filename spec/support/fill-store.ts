import type { PieceStore } from '../../lib/torrent/store/piece-store.ts'
import { type MadeTorrent, pieceHashes } from './make-torrent.ts'

/** Puts every piece of the torrent into the store, as if all had been fetched. */
export async function fillStore(store: PieceStore, { infoHash, layout, content }: MadeTorrent): Promise<void> {
  const torrent = await store.open({ infoHash, layout, hashes: pieceHashes(layout, content) })
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const start = layout.pieceStart(piece)
    await torrent.put(piece, Buffer.from(content.subarray(start, start + layout.pieceLength(piece))))
  }
  await torrent.close()
}
