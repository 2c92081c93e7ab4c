import { createServer } from 'node:net'
import { expect } from 'chai'
import { isAppError } from '../../lib/domain/errors.ts'
import { infoHash } from '../../lib/domain/ids.ts'
import type { Torrent } from '../../lib/domain/torrent.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { LoopbackSwarm, readPieces, WAIT_MS } from '../support/loopback-swarm.ts'
import { type MadeTorrent, makeTorrent } from '../support/make-torrent.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryPieceStore } from '../support/memory-piece-store.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const PIECE = 65536

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const allOf = (torrent: Torrent) => readPieces(torrent, 0, torrent.info.layout.pieceCount)

for (const engine of ['torrent-stream', 'wire'] as const) {
  describe(`StreamTorrentEngine on ${engine}`, () => {
    let swarm: LoopbackSwarm
    beforeEach(async () => {
      swarm = await LoopbackSwarm.start({ engine })
    })
    afterEach(() => swarm.close())

    describe('downloading', () => {
      it('reads a torrent from one peer, byte for byte', async () => {
        const torrent = makeTorrent({ totalBytes: 3_000_001, pieceBytes: 262144 })
        await swarm.addPeer({ torrent })
        const opened = await swarm.open(torrent)
        opened.resume()
        expect((await allOf(opened)).equals(torrent.content)).to.equal(true)
        expect(opened.stats()).to.include({ storedBytes: 3_000_001, wastedBytes: 0, peers: 1, seeders: 1 })
        expect(opened.stats().downloadSpeed).to.be.above(0)
        expect(swarm.metrics.of('downloaded_bytes_total')).to.equal(3_000_001)
      })

      it('reads a torrent whose parts are with different peers', async () => {
        const torrent = makeTorrent({ totalBytes: 30 * PIECE, pieceBytes: PIECE })
        for (const rest of [0, 1, 2]) {
          await swarm.addPeer({ torrent, host: `127.0.0.${2 + rest}`, has: (piece) => piece % 3 === rest, delayMs: 10 })
        }
        const opened = await swarm.open(torrent)
        opened.resume()
        expect((await allOf(opened)).equals(torrent.content)).to.equal(true)
        expect(opened.stats()).to.include({ peers: 3, seeders: 0, wastedBytes: 0 })
      })

      it('fetches nothing that no window wants', async () => {
        const torrent = makeTorrent({ totalBytes: 30 * PIECE, pieceBytes: PIECE })
        const peer = await swarm.addPeer({ torrent })
        const opened = await swarm.open(torrent)
        opened.resume()
        await until(() => opened.stats().peers === 1)
        expect(peer.requests).to.deep.equal([])
        await readPieces(opened, 3, 5)
        expect(new Set(peer.requests.map((request) => request.piece))).to.deep.equal(new Set([3, 4]))
      })

      it('ends twenty seeks with only the last position being fetched', async () => {
        const torrent = makeTorrent({ totalBytes: 400 * PIECE, pieceBytes: PIECE })
        const peer = await swarm.addPeer({ torrent, delayMs: 20, bytesPerS: 4e6 })
        const opened = await swarm.open(torrent)
        opened.resume()
        const owner = { name: 'viewer' }
        for (let seek = 0; seek < 20; seek++) {
          const first = seek * 20
          opened.setWindows(owner, [
            { first, end: first + 4, priority: 'urgent' },
            { first: first + 4, end: first + 20, priority: 'ahead' },
          ])
          await new Promise((resolve) => setTimeout(resolve, 30))
        }
        const seen = peer.requests.length
        await opened.whenHas(399, AbortSignal.timeout(WAIT_MS))
        const later = peer.requests.slice(seen).map((request) => request.piece)
        expect(later.every((piece) => piece >= 380)).to.equal(true)
        expect(opened.stats().wastedBytes / opened.stats().downloadedBytes).to.be.below(0.15)
      })

      it('goes on when the only peer chokes and unchokes, and when it leaves and comes back', async () => {
        const torrent = makeTorrent({ totalBytes: 40 * PIECE, pieceBytes: PIECE })
        const peer = await swarm.addPeer({ torrent, bytesPerS: 4e6 })
        const opened = await swarm.open(torrent)
        opened.resume()
        const reading = allOf(opened)
        await until(() => peer.sentBlocks > 8)
        for (const connection of peer.connections) connection.sendChoke()
        for (const connection of peer.connections) connection.sendUnchoke()
        await until(() => peer.sentBlocks > 40)
        for (const connection of peer.connections) connection.socket.destroy()
        expect((await reading).equals(torrent.content)).to.equal(true)
      })

      it('reads on beside a peer that takes requests and never answers', async () => {
        const torrent = makeTorrent({ totalBytes: 10 * PIECE, pieceBytes: PIECE })
        const mute = await swarm.addPeer({ torrent, host: '127.0.0.2', isMute: true })
        const opened = await swarm.open(torrent)
        opened.resume()
        const reading = allOf(opened)
        await until(() => mute.requests.length > 0)
        await swarm.addPeer({ torrent, host: '127.0.0.3' })
        expect((await reading).equals(torrent.content)).to.equal(true)
      })

      it('keeps to the download limit, and drops it at once', async () => {
        swarm.engine.setLimits({ downloadBytesPerS: 500_000, uploadBytesPerS: 0 })
        expect(swarm.engine.limits()).to.deep.equal({ downloadBytesPerS: 500_000, uploadBytesPerS: 0 })
        const torrent = makeTorrent({ totalBytes: 10_000_000, pieceBytes: PIECE })
        await swarm.addPeer({ torrent })
        const opened = await swarm.open(torrent)
        opened.resume()
        const start = performance.now()
        const reading = allOf(opened)
        await opened.whenHas(10, AbortSignal.timeout(WAIT_MS))
        expect(performance.now() - start).to.be.above(700)
        swarm.engine.setLimits({ downloadBytesPerS: 0, uploadBytesPerS: 0 })
        await reading
        expect(performance.now() - start, 'far less than the 20 s under the limit').to.be.below(12_000)
      })
    })

    describe('bad data', () => {
      const torrent = makeTorrent({ totalBytes: 8 * PIECE, pieceBytes: PIECE })
      const spoil = (_piece: number, _offset: number, data: Buffer) => {
        data[0]! ^= 255
        return data
      }

      it('bans a peer that alone sent a bad piece, and reads on from another', async () => {
        const liar = await swarm.addPeer({ torrent, host: '127.0.0.2', tamper: spoil })
        const opened = await swarm.open(torrent)
        opened.resume()
        const reading = allOf(opened)
        await until(() => swarm.metrics.of('banned_peers_total') === 1)
        await swarm.addPeer({ torrent, host: '127.0.0.3' })
        expect((await reading).equals(torrent.content)).to.equal(true)
        expect(liar.connections.size).to.equal(0)
        expect(swarm.metrics.of('piece_hash_failures_total')).to.be.at.least(1)
        expect(opened.stats().wastedBytes).to.be.at.least(PIECE)
        const back = await liar.dial(swarm.engine.port)
        await until(() => back.socket.closed)
        expect(back.isShaken).to.equal(false)
      })

      it('finds the one liar among several sources of one piece', async () => {
        const one = makeTorrent({ totalBytes: 1 << 20, pieceBytes: 1 << 20 })
        const options = { torrent: one, requestQueue: 8, delayMs: 5 }
        const liar = await swarm.addPeer({ ...options, host: '127.0.0.2', tamper: spoil })
        const honest = [
          await swarm.addPeer({ ...options, host: '127.0.0.3' }),
          await swarm.addPeer({ ...options, host: '127.0.0.4' }),
        ]
        const opened = await swarm.open(one)
        opened.resume()
        await until(() => opened.stats().seeders === 3)
        expect((await allOf(opened)).equals(one.content)).to.equal(true)
        await until(() => swarm.metrics.of('banned_peers_total') === 1)
        await until(() => liar.connections.size === 0)
        expect(honest.every((peer) => peer.connections.size === 1)).to.equal(true)
      })
    })

    describe('waiting', () => {
      const torrent = makeTorrent({ totalBytes: 8 * PIECE, pieceBytes: PIECE })

      it('rejects with the signal, with `unavailable` on remove, and resolves at once for what is there', async () => {
        await swarm.addPeer({ torrent })
        const opened = await swarm.open(torrent)
        const controller = new AbortController()
        const aborted = rejection(opened.whenHas(0, controller.signal))
        controller.abort(new Error('left'))
        expect(await aborted).to.have.property('message', 'left')
        expect(await rejection(opened.whenHas(0, controller.signal))).to.have.property('message', 'left')
        opened.resume()
        await readPieces(opened, 0, 1)
        await opened.whenHas(0, AbortSignal.timeout(WAIT_MS))
        const removed = rejection(opened.whenHas(7, AbortSignal.timeout(WAIT_MS)))
        await swarm.engine.remove(torrent.infoHash, true)
        expect(isAppError(await removed, 'unavailable')).to.equal(true)
        expect(isAppError(await rejection(opened.whenHas(7, AbortSignal.timeout(WAIT_MS))), 'unavailable')).to.equal(
          true,
        )
        expect(swarm.engine.get(torrent.infoHash)).to.equal(undefined)
        expect(swarm.engine.stored(torrent.infoHash)).to.equal(0)
      })

      it('fetches a piece again that was evicted', async () => {
        const store = new MemoryPieceStore()
        const own = await LoopbackSwarm.start({ engine, store })
        try {
          await own.addPeer({ torrent })
          const opened = await own.open(torrent)
          opened.resume()
          opened.setWindows({ name: 'reader' }, [{ first: 0, end: 2, priority: 'urgent' }])
          await opened.whenHas(1, AbortSignal.timeout(WAIT_MS))
          store.of(torrent.infoHash).drop(1)
          expect(opened.has(1)).to.equal(false)
          await opened.whenHas(1, AbortSignal.timeout(WAIT_MS))
          expect(store.of(torrent.infoHash).kept).to.deep.equal([{ first: 0, end: 2, priority: 'urgent' }])
        } finally {
          await own.close()
        }
      })
    })

    describe('idling', () => {
      const torrent = makeTorrent({ totalBytes: 8 * PIECE, pieceBytes: PIECE })

      it('has no socket but the listener and no timer with a hundred idle torrents', async () => {
        await new Promise((resolve) => setImmediate(resolve)) // mocha's own timer counts on both sides
        const before = process.getActiveResourcesInfo()
        for (let seed = 10; seed < 110; seed++) {
          await swarm.open(makeTorrent({ totalBytes: PIECE, pieceBytes: PIECE, seed }))
        }
        const peer = await swarm.addPeer({ torrent }, true)
        const opened = await swarm.open(torrent, { metadata: torrent.metadata })
        swarm.discovery.add(peer.address)
        opened.resume()
        await readPieces(opened, 0, 8)
        opened.pause()
        opened.pause()
        expect(opened.isOnline).to.equal(false)
        expect(swarm.discovery.joined).to.deep.equal([])
        await until(() => peer.connections.size === 0)
        const counted = (all: string[]) => all.filter((type) => /TCPSocket|Timeout|Immediate/.test(type)).length
        await until(() => counted(process.getActiveResourcesInfo()) <= counted(before))
        const dialled = peer.connectionCount
        expect((await opened.readPiece(0, 0, new Uint8Array(10))) > 0).to.equal(true)
        expect(peer.connectionCount).to.equal(dialled)
      })

      it('refuses incoming connections for an idle or unknown torrent, and takes them when online', async () => {
        const opened = await swarm.open(torrent)
        const peer = await swarm.addPeer({ torrent }, true)
        const refused = await peer.dial(swarm.engine.port)
        await until(() => refused.socket.closed)
        expect(refused.isShaken).to.equal(false)
        opened.resume()
        await peer.dial(swarm.engine.port)
        expect((await allOf(opened)).equals(torrent.content)).to.equal(true)
      })

      it('dials the peers it knew when it wakes, without discovery', async () => {
        const peer = await swarm.addPeer({ torrent })
        const opened = await swarm.open(torrent)
        opened.resume()
        await readPieces(opened, 0, 1)
        opened.pause()
        swarm.discovery.clear()
        opened.resume()
        await readPieces(opened, 1, 8)
        expect(peer.connectionCount).to.equal(2)
      })

      it('keeps windows over a pause', async () => {
        await swarm.addPeer({ torrent })
        const opened = await swarm.open(torrent)
        opened.setWindows({ name: 'reader' }, [{ first: 2, end: 3, priority: 'ahead' }])
        opened.resume()
        await opened.whenHas(2, AbortSignal.timeout(WAIT_MS))
      })

      it('needs nobody for what a former run stored', async () => {
        const store = new MemoryPieceStore()
        const first = await LoopbackSwarm.start({ engine, store })
        await first.addPeer({ torrent })
        const opened = await first.open(torrent)
        opened.resume()
        await allOf(opened)
        await first.close()
        const second = await LoopbackSwarm.start({ engine, store })
        try {
          expect((await allOf(await second.open(torrent))).equals(torrent.content)).to.equal(true)
        } finally {
          await second.close()
        }
      })
    })

    describe('serving', () => {
      const torrent = makeTorrent({ totalBytes: 8 * PIECE + 5, pieceBytes: PIECE })

      async function seeding(): Promise<Torrent> {
        const seeder = await swarm.addPeer({ torrent })
        const opened = await swarm.open(torrent)
        opened.resume()
        await readPieces(opened, 0, 6)
        await seeder.close()
        return opened
      }

      const leech = (options: { host?: string } = {}) => new ScriptedPeer({ torrent, has: () => false, ...options })

      it('announces what it has first of all, serves it, and announces what comes', async () => {
        const opened = await seeding()
        const peer = leech()
        const connection = await peer.dial(swarm.engine.port)
        await until(() => connection.bitfield !== undefined)
        expect([...connection.bitfield!]).to.deep.equal([0b11111100, 0])
        connection.sendInterested()
        await until(() => connection.isUnchoked)
        connection.sendRequest(5, 16384, 16384)
        await until(() => connection.blocks.length === 1)
        const start = 5 * PIECE + 16384
        expect(connection.blocks[0]!.data.equals(torrent.content.subarray(start, start + 16384))).to.equal(true)
        expect(opened.stats().uploadedBytes).to.equal(16384)
        expect(swarm.metrics.of('uploaded_bytes_total')).to.equal(16384)
        await swarm.addPeer({ torrent, host: '127.0.0.3' })
        await readPieces(opened, 7, 8)
        await until(() => connection.haves.includes(7))
        await peer.close()
      })

      it('serves nothing to a choked peer, and lets go of one that asks for an evicted piece', async () => {
        await seeding()
        const peer = leech()
        const connection = await peer.dial(swarm.engine.port)
        await until(() => connection.isShaken)
        connection.sendRequest(0, 0, 16384)
        connection.sendInterested()
        await until(() => connection.isUnchoked)
        expect(connection.blocks).to.deep.equal([])
        ;(swarm.store as MemoryPieceStore).of(torrent.infoHash).drop(0)
        connection.sendRequest(0, 0, 16384)
        await until(() => connection.socket.closed)
        const again = await peer.dial(swarm.engine.port)
        await until(() => again.bitfield !== undefined)
        expect([...again.bitfield!]).to.deep.equal([0b01111100, 0])
        await peer.close()
      })

      it('serves a whole queue, in order, under an upload limit', async () => {
        await seeding()
        swarm.engine.setLimits({ downloadBytesPerS: 0, uploadBytesPerS: 400_000 })
        const peer = leech()
        const connection = await peer.dial(swarm.engine.port)
        connection.sendInterested()
        await until(() => connection.isUnchoked)
        const start = performance.now()
        for (let block = 0; block < 24; block++) connection.sendRequest(block >> 2, (block & 3) * 16384, 16384)
        await until(() => connection.blocks.length === 24)
        expect(connection.blocks.map(({ piece }) => piece)).to.deep.equal(
          [0, 1, 2, 3, 4, 5].flatMap((p) => [p, p, p, p]),
        )
        expect(performance.now() - start).to.be.above(500)
        await peer.close()
      })
    })

    describe('magnets', () => {
      const torrent = makeTorrent({ totalBytes: 3000 * 16384, pieceBytes: 16384, name: 'long one.mkv' })

      it('gets the metadata from the swarm and goes on with the same connections', async () => {
        const peer = await swarm.addPeer({ torrent })
        const opened = await swarm.open(torrent, { magnetUri: torrent.magnetUri })
        expect(opened.isOnline).to.equal(true)
        expect(opened.info).to.include({ name: 'long one.mkv', infoHash: torrent.infoHash })
        expect(torrent.infoBytes.length).to.be.above(3 * 16384)
        await readPieces(opened, 2990, 3000)
        expect(peer.connectionCount).to.equal(1)
        await swarm.engine.remove(torrent.infoHash, true)
        const again = await swarm.engine.open(
          { infoHash: torrent.infoHash, metadata: opened.info.metadata },
          AbortSignal.timeout(WAIT_MS),
        )
        expect(again.isOnline).to.equal(false)
      })

      it('tells how far it is', async () => {
        await swarm.addPeer({ torrent, metadataPieces: 2 })
        const opening = swarm.open(torrent, { magnetUri: torrent.magnetUri })
        await until(() => swarm.engine.searches()[0]?.receivedBytes === 2 * 16384)
        const [search] = swarm.engine.searches()
        expect(search).to.deep.include({ infoHash: torrent.infoHash, peers: 1, totalBytes: torrent.infoBytes.length })
        expect(search?.elapsedMs).to.be.at.least(0)
        await swarm.open(torrent)
        await opening
        expect(swarm.engine.searches()).to.deep.equal([])
      })

      it('takes the metadata that somebody brings while the swarm is still asked for it', async () => {
        const searching = swarm.open(torrent, { magnetUri: torrent.magnetUri })
        await until(() => swarm.discovery.joined.length === 1)
        const opened = await swarm.open(torrent)
        expect(opened.info.name).to.equal('long one.mkv')
        expect(await searching).to.equal(opened)
      })

      it('leaves what a private torrent must not use as soon as its metadata says so', async () => {
        const own = 'http://127.0.0.1:1/announce'
        const extra = 'http://127.0.0.1:2/announce'
        const secret = makeTorrent({ totalBytes: 16384, pieceBytes: 16384, isPrivate: true, name: 'secret.mkv' })
        const other = await LoopbackSwarm.start({ engine, extraTrackers: [extra] })
        try {
          const opening = other.open(secret, { magnetUri: `${secret.magnetUri}&tr=${encodeURIComponent(own)}` })
          await until(() => other.discovery.joined.length === 1)
          expect(other.discovery.joined[0]).to.deep.include({ isPrivate: false, trackers: [own, extra] })
          await other.addPeer({ torrent: secret })
          await opening
          expect(other.discovery.joined).to.have.length(1)
          expect(other.discovery.joined[0]).to.deep.include({ isPrivate: true, trackers: [own] })
          expect(other.discovery.joins).to.equal(1)
        } finally {
          await other.close()
        }
      })

      it('finds peers named in the magnet', async () => {
        const peer = await swarm.addPeer({ torrent }, true)
        const opened = await swarm.open(torrent, { magnetUri: `${torrent.magnetUri}&x.pe=${peer.address}` })
        expect(opened.info.name).to.equal('long one.mkv')
      })

      it('gets over peers that lie about size or bytes, and bans them', async () => {
        const spoil = (data: Buffer) => {
          data[5]! ^= 1
          return data
        }
        await swarm.addPeer({ torrent, host: '127.0.0.2', tamperMetadata: spoil })
        await swarm.addPeer({ torrent, host: '127.0.0.3', metadataSize: 2 ** 40 })
        await swarm.addPeer({ torrent, host: '127.0.0.4', metadataSize: 100 })
        const opening = swarm.open(torrent, { magnetUri: torrent.magnetUri })
        await until(() => swarm.metrics.of('banned_peers_total') === 3)
        await swarm.addPeer({ torrent, host: '127.0.0.5' })
        expect((await opening).info.name).to.equal('long one.mkv')
      })

      it('serves the metadata to others', async () => {
        const opened = await swarm.open(torrent)
        opened.resume()
        const other = await LoopbackSwarm.start({ engine })
        try {
          other.discovery.add(`127.0.0.1:${swarm.engine.port}`)
          const copy = await other.open(torrent, { magnetUri: torrent.magnetUri })
          expect(copy.info.name).to.equal('long one.mkv')
        } finally {
          await other.close()
        }
      })

      it('ends the search with its last caller, and gives concurrent callers the same torrent', async () => {
        const controller = new AbortController()
        const source = { infoHash: torrent.infoHash, magnetUri: torrent.magnetUri }
        const first = rejection(swarm.engine.open(source, controller.signal))
        await until(() => swarm.discovery.joined.length === 1)
        controller.abort(new Error('enough'))
        expect(await first).to.have.property('message', 'enough')
        await until(() => swarm.discovery.joined.length === 0)
        await swarm.addPeer({ torrent })
        const both = await Promise.all([swarm.open(torrent, source), swarm.open(torrent, source)])
        expect(both[0]).to.equal(both[1])
      })
    })

    describe('starting and opening', () => {
      const torrent: MadeTorrent = makeTorrent({ totalBytes: PIECE, pieceBytes: PIECE })

      it('fails with `conflict` on a port in use', async () => {
        const holder = createServer()
        await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
        const { port } = holder.address() as { port: number }
        const failed = await rejection(LoopbackSwarm.start({ engine, port }))
        expect(isAppError(failed, 'conflict')).to.equal(true)
        await new Promise((resolve) => holder.close(resolve))
      })

      it('fails with `invalid` for metadata of another torrent, and with `unavailable` when closed', async () => {
        const other = { infoHash: infoHash('0'.repeat(40)), metadata: torrent.metadata }
        expect(isAppError(await rejection(swarm.engine.open(other, AbortSignal.timeout(WAIT_MS))), 'invalid')).to.equal(
          true,
        )
        await swarm.engine.close()
        await swarm.engine.close()
        expect(isAppError(await rejection(swarm.open(torrent)), 'unavailable')).to.equal(true)
      })

      it('lets others have their turn while it reads a torrent of 20,000 files', async () => {
        const files = Array.from({ length: 20_000 }, (_, index) => ({
          path: `${index % 100}/${index}.srt`,
          bytes: Buffer.of(1),
        }))
        const many = makeFilesTorrent('many', files)
        let turns = 0
        let isOpen = false
        const count = () => {
          turns++
          if (!isOpen) setImmediate(count)
        }
        setImmediate(count)
        const opened = await swarm.open(many)
        isOpen = true
        expect(opened.info.files).to.have.length(20_000)
        expect(opened.info.files.at(-1)).to.include({ path: 'many/99/19999.srt', offsetBytes: 19_999 })
        expect(turns).to.be.above(1)
      })

      it('refuses itself', async () => {
        swarm.discovery.add(`127.0.0.1:${swarm.engine.port}`)
        const opened = await swarm.open(torrent)
        opened.resume()
        await new Promise((resolve) => setTimeout(resolve, 200))
        expect(opened.stats().peers).to.equal(0)
      })

      it('keeps to the number of connections, of one torrent and in all', async () => {
        const own = await LoopbackSwarm.start({ engine, maxConnections: 2, maxConnectionsTotal: 3 })
        try {
          const second = makeTorrent({ totalBytes: PIECE, pieceBytes: PIECE, seed: 2 })
          for (let host = 2; host < 7; host++) await own.addPeer({ torrent, host: `127.0.0.${host}` })
          const opened = await own.open(torrent)
          opened.resume()
          await until(() => opened.stats().peers === 2)
          own.discovery.clear()
          for (let host = 2; host < 7; host++) await own.addPeer({ torrent: second, host: `127.0.0.${host}` })
          const other = await own.open(second)
          other.resume()
          await until(() => other.stats().peers === 1)
          await new Promise((resolve) => setTimeout(resolve, 100))
          expect([opened.stats().peers, other.stats().peers]).to.deep.equal([2, 1])
          opened.pause()
          await until(() => other.stats().peers === 2)
        } finally {
          await own.close()
        }
      })

      it('gives a torrent that wakes its share of connections that another holds', async () => {
        const own = await LoopbackSwarm.start({ engine, maxConnections: 4, maxConnectionsTotal: 4 })
        try {
          const second = makeTorrent({ totalBytes: 4 * PIECE, pieceBytes: PIECE, seed: 2 })
          for (let host = 2; host < 7; host++) await own.addPeer({ torrent, host: `127.0.0.${host}` })
          const opened = await own.open(torrent)
          opened.resume()
          await until(() => opened.stats().peers === 4)
          own.discovery.clear()
          for (let host = 2; host < 7; host++) await own.addPeer({ torrent: second, host: `127.0.0.${host}` })
          const other = await own.open(second)
          other.resume()
          expect((await allOf(other)).equals(second.content)).to.equal(true)
          await until(() => other.stats().peers === 2 && opened.stats().peers === 2)
        } finally {
          await own.close()
        }
      })

      it('tells peers of each other, and none of a private torrent', async () => {
        for (const isPrivate of [false, true]) {
          const clock = new ManualClock()
          const own = await LoopbackSwarm.start({ engine, clock })
          try {
            const shared = makeTorrent({ totalBytes: PIECE, pieceBytes: PIECE, isPrivate, seed: 9 })
            const a = await own.addPeer({ torrent: shared, host: '127.0.0.2' })
            const b = await own.addPeer({ torrent: shared, host: '127.0.0.3' })
            const opened = await own.open(shared)
            opened.resume()
            await until(() => opened.stats().seeders === 2)
            await until(() => [...a.connections].every((connection) => connection.extended.length > 0))
            clock.advance(10_000)
            const told = [...a.connections][0]!
            const [host, port] = b.address.split(':')
            const compact = Buffer.from([...host!.split('.').map(Number), Number(port) >> 8, Number(port) & 255])
            if (isPrivate) await new Promise((resolve) => setTimeout(resolve, 50))
            else await until(() => told.extended.some(({ id }) => id === 4))
            expect(told.extended.some(({ payload }) => payload.includes(compact))).to.equal(!isPrivate)
          } finally {
            await own.close()
          }
        }
      })
    })
  })
}
