import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { KeptPeers } from '../../lib/torrent/swarm/kept-peers.ts'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const PIECE = 65536

describe('KeptPeers', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kept-peers-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const path = () => join(directory, 'peers.json')
  const load = async () => {
    const kept = new KeptPeers({ path: path(), logger: silentLogger })
    await kept.load()
    return kept
  }
  const hash = (index: number) => infoHash(index.toString(16).padStart(40, '0'))

  it('keeps fifty of a torrent, in their order, and forgets one that is removed', async () => {
    const first = await load()
    const peers = Array.from({ length: 70 }, (_, index) => `10.0.0.${index + 1}:6881`)
    first.keep(hash(1), peers)
    first.keep(hash(2), ['[2001:db8:0:0:0:0:0:1]:6881'])
    first.keep(hash(3), ['10.0.0.1:1'])
    first.forget(hash(3))
    first.keep(hash(2), [])
    await first.close()
    const second = await load()
    expect(second.of(hash(1))).to.deep.equal(peers.slice(0, 50))
    expect(second.of(hash(2))).to.deep.equal(['[2001:db8:0:0:0:0:0:1]:6881'])
    expect(second.of(hash(3))).to.deep.equal([])
  })

  it('keeps the torrents that were online last', async () => {
    const first = await load()
    for (let index = 0; index < 2100; index++) first.keep(hash(index), ['10.0.0.1:1'])
    await first.close()
    const second = await load()
    expect(second.of(hash(99))).to.deep.equal([])
    expect(second.of(hash(100))).to.deep.equal(['10.0.0.1:1'])
  })

  it('takes a damaged file for an empty one, and no address that is none', async () => {
    for (const content of ['', '{"version":1,"torrents":[["x",[]]]}', '[]', '{"version":9,"torrents":[]}']) {
      writeFileSync(path(), content)
      expect((await load()).of(hash(1))).to.deep.equal([])
    }
    const torrents = [[hash(1), ['10.0.0.1:1', 'evil.example:80', 7, '10.0.0.1:0']]]
    writeFileSync(path(), JSON.stringify({ version: 1, torrents }))
    expect((await load()).of(hash(1))).to.deep.equal(['10.0.0.1:1'])
  })

  it('lets a torrent be read after a restart without discovery', async () => {
    const torrent = makeTorrent({ totalBytes: 8 * PIECE, pieceBytes: PIECE })
    const peer = await ScriptedPeer.listen({ torrent })
    const first = await LoopbackSwarm.start({ dataDir: directory })
    first.discovery.add(peer.address)
    const opened = await first.open(torrent)
    opened.resume()
    await readPieces(opened, 0, 2)
    opened.pause()
    await until(() => existsSync(path()))
    await first.close()

    const second = await LoopbackSwarm.start({ dataDir: directory })
    const again = await second.open(torrent)
    again.resume()
    const bytes = await readPieces(again, 3, 8)
    expect(bytes.equals(torrent.content.subarray(3 * PIECE))).to.equal(true)
    await second.engine.remove(torrent.infoHash, false)
    await second.close()
    expect(readFileSync(path(), 'utf8')).not.to.include(peer.address)
    await peer.close()
  })
})
