import { createRequire } from 'node:module'
import { expect } from 'chai'
import { closedAfterEach } from '../support/closed-after-each.ts'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'

interface PlainEngine {
  connect(address: string): void
  select(from: number, to: number, priority: boolean): void
  on(event: string, listener: (...values: never[]) => void): void
  destroy(done: () => void): void
}

const torrentStream = createRequire(import.meta.url)('torrent-stream') as (
  source: Buffer | string,
  options: object,
) => PlainEngine

describe('StreamTorrentEngine with plain torrent-stream', () => {
  const kept = closedAfterEach()
  const torrent = makeTorrent({ totalBytes: 700_001, pieceBytes: 65536 })
  const options = {
    dht: false,
    tracker: false,
    verify: false,
    storage: () => ({
      get: (_piece: number, _range: unknown, done: (error: Error) => void) => done(new Error('not kept')),
      put() {},
      close: (done: () => void) => done(),
    }),
  }

  for (const [name, source] of [
    ['a torrent file', Buffer.from(torrent.metadata)],
    ['a magnet', torrent.magnetUri],
  ] as const) {
    it(`serves it a whole torrent, known by ${name}`, async () => {
      const swarm = kept(await LoopbackSwarm.start())
      await swarm.addPeer({ torrent })
      const opened = await swarm.open(torrent)
      opened.resume()
      await readPieces(opened, 0, torrent.layout.pieceCount)
      const plain = torrentStream(source, options)
      const pieces = new Map<number, Buffer>()
      await new Promise<void>((resolve) => {
        plain.on('download', (piece: number, bytes: Buffer) => {
          pieces.set(piece, bytes)
          if (pieces.size === torrent.layout.pieceCount) resolve()
        })
        plain.on('ready', () => plain.select(0, torrent.layout.pieceCount - 1, true))
        plain.connect(`127.0.0.1:${swarm.engine.port}`)
      })
      const whole = Buffer.concat(Array.from({ length: pieces.size }, (_, piece) => pieces.get(piece)!))
      expect(whole.equals(torrent.content)).to.equal(true)
      await new Promise<void>((resolve) => plain.destroy(resolve))
    })
  }
})
