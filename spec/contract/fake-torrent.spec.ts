import { FakeTorrent } from '../support/fake-torrent.ts'
import { torrentContract } from './torrent.ts'

torrentContract('FakeTorrent', async (content, pieceBytes) => {
  const torrent = new FakeTorrent({ content, pieceBytes })
  return {
    torrent,
    arrive: async (piece) => torrent.arrive(piece),
    remove: async () => torrent.close(),
    close: async () => torrent.close(),
  }
})
