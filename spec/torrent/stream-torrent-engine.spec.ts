import { expect } from 'chai'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'

describe('StreamTorrentEngine', () => {
  let swarm: LoopbackSwarm
  beforeEach(async () => {
    swarm = await LoopbackSwarm.start()
  })
  afterEach(() => swarm.close())

  it('reads a torrent from one peer, byte for byte', async () => {
    const torrent = makeTorrent({ totalBytes: 3_000_001, pieceBytes: 262144 })
    await swarm.addPeer({ torrent })
    const opened = await swarm.open(torrent)
    opened.resume()
    const bytes = await readPieces(opened, 0, torrent.layout.pieceCount)
    expect(bytes.equals(torrent.content)).to.equal(true)
    expect(opened.stats()).to.include({ storedBytes: 3_000_001, wastedBytes: 0, peers: 1, seeders: 1 })
  })
})
