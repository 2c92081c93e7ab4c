import { expect } from 'chai'
import type { ContainerInfo } from '../../lib/domain/container.ts'
import type { ContentReader } from '../../lib/domain/content.ts'
import { isAppError } from '../../lib/domain/errors.ts'
import { contentId, infoHash } from '../../lib/domain/ids.ts'
import type { ReadProgress } from '../../lib/domain/watching.ts'
import { contentContract } from '../contract/content.ts'
import { failureOf } from '../support/failure-of.ts'
import { mp4 } from './containers/boxes.ts'
import { GRACE_MS, HASH, KIB, MIB, makeRoom, never, pattern, READ_TIMEOUT_MS, settle, show } from './room.ts'

contentContract('TorrentContentSource', async (bytes) => {
  const room = makeRoom({ content: bytes, pieceBytes: 16 * KIB })
  return {
    source: room.source,
    content: room.file,
    missing: contentId(HASH, 9),
    deliver: () => room.torrent.arriveAll(),
    close: () => room.close(),
  }
})

describe('TorrentContentSource', () => {
  const content = pattern(64 * MIB)

  it('fails with not_found for a torrent that the library does not hold, and releases what it leased', async () => {
    const room = makeRoom({ content: pattern(100), pieceBytes: 100 })
    const unknown = contentId(infoHash('0'.repeat(40)), 0)
    const range = { start: 0, end: 1 }
    expect(isAppError(await failureOf(room.source.open(unknown, range, never)), 'not_found')).to.be.true
    expect(isAppError(await failureOf(room.source.open(contentId(HASH, 1), range, never)), 'not_found')).to.be.true
    room.clock.advance(300_000)
    expect(room.torrent.isOnline).to.be.false
    await room.close()
  })

  it('fails with timeout when the torrent does not open in time, and leases nothing afterwards', async () => {
    const room = makeRoom({ content: pattern(100), pieceBytes: 100 })
    let openGate = () => {}
    room.engine.gate = new Promise((resolve) => {
      openGate = resolve
    })
    const opening = failureOf(room.open())
    room.clock.advance(READ_TIMEOUT_MS)
    expect(isAppError(await opening, 'timeout')).to.be.true
    openGate()
    await settle()
    expect(room.torrent.isOnline).to.be.false
    expect(room.activity.counts().active).to.equal(0)
    expect(room.clock.pendingTimers).to.equal(0)
    await room.close()
  })

  it('keeps its torrent online as long as a reader is open that needed it', async () => {
    const room = makeRoom({ content, pieceBytes: MIB })
    const reader = await room.open()
    const waiting = failureOf(reader.read(new Uint8Array(10), 0, AbortSignal.abort(new Error('left'))))
    expect(await waiting).to.be.an('error')
    expect(room.torrent.isOnline).to.be.false
    const first = reader.read(new Uint8Array(10), 0, never)
    room.torrent.arrive(0)
    expect(await first).to.equal(10)
    room.clock.advance(3_600_000)
    expect(room.torrent.isOnline).to.be.true
    reader.close()
    room.clock.advance(299_999)
    expect(room.torrent.isOnline).to.be.true
    room.clock.advance(1)
    expect(room.torrent.isOnline).to.be.false
    expect(room.clock.pendingTimers).to.equal(0)
    await room.close()
  })

  describe('an idle torrent', () => {
    const stored = async (pieces: readonly number[]) => {
      const room = makeRoom({ content, pieceBytes: MIB })
      room.torrent.arrive(...pieces)
      return room
    }
    const read = async (reader: ContentReader, from: number, to: number) => {
      const target = new Uint8Array(256 * KIB)
      for (let at = from; at < to; )
        at += await reader.read(target.subarray(0, Math.min(target.length, to - at)), at, never)
    }

    it('stays off the network while scanners read what is stored, though more is wanted', async () => {
      const room = await stored([0, 1, 2, 3, 62, 63])
      const head = await room.open({ start: 0, end: content.length })
      await read(head, 0, 4 * MIB - KIB)
      const tail = await room.open({ start: 62 * MIB, end: content.length })
      await read(tail, 62 * MIB, content.length)
      await settle()
      expect([room.torrent.isOnline, room.metrics.count('torrent_wakes_total')]).to.deep.equal([false, 0])
      head.close()
      tail.close()
      room.clock.advance(GRACE_MS)
      expect([room.clock.pendingTimers, room.torrent.owners]).to.deep.equal([0, 0])
      await room.close()
    })

    it('is woken by the first byte that is missing', async () => {
      const room = await stored([0])
      const reader = await room.open()
      const reading = reader.read(new Uint8Array(10), MIB, never)
      expect(room.torrent.isOnline).to.be.true
      room.torrent.arrive(1)
      expect(await reading).to.equal(10)
      await room.close()
    })

    it('gives a scanner a second to leave that was served all it asked so far, and a viewer the network then', async () => {
      const room = await stored([0, 1, 2])
      const scanner = await room.open({ start: 0, end: content.length })
      await read(scanner, 0, 3 * MIB)
      const beyond = failureOf(scanner.read(new Uint8Array(10), 3 * MIB, never))
      room.clock.advance(900)
      scanner.close()
      await beyond
      room.clock.advance(10_000)
      expect([room.torrent.isOnline, room.clock.pendingTimers]).to.deep.equal([false, 0])
      const viewer = await room.open({ start: 0, end: content.length })
      await read(viewer, 0, 3 * MIB)
      const waiting = viewer.read(new Uint8Array(10), 3 * MIB, never)
      room.clock.advance(1000)
      expect(room.torrent.isOnline).to.be.true
      room.torrent.arrive(3)
      expect(await waiting).to.equal(10)
      await room.close()
    })

    it('is woken ahead of what is missing when a reader reads on', async () => {
      const room = await stored(Array.from({ length: 9 }, (_, i) => i))
      const reader = await room.open({ start: 0, end: content.length })
      await read(reader, 0, 6 * MIB)
      await settle()
      room.clock.advance(999)
      expect(room.torrent.isOnline).to.be.false
      room.clock.advance(1)
      expect(room.torrent.isOnline).to.be.true
      await room.close()
    })

    it('plays a stored film to its end off the network', async () => {
      const room = await stored(Array.from({ length: 64 }, (_, i) => i))
      await read(await room.open(), 0, content.length)
      await settle()
      expect(room.torrent.isOnline).to.be.false
      await room.close()
    })
  })

  it('tells how far readers came, every few seconds and at their end', async () => {
    const room = makeRoom({ content, pieceBytes: MIB })
    room.torrent.arriveAll()
    const told: ReadProgress[] = []
    const listening = room.source.onProgress((progress) => {
      told.push(progress)
      throw new Error('a listener that fails')
    })
    const reader = await room.open()
    const target = new Uint8Array(MIB)
    for (let position = 0; position < 20 * MIB; position += MIB) {
      await reader.read(target, position, never)
      room.clock.advance(1000)
    }
    await reader.read(target, 63 * MIB, never)
    reader.close()
    const progress = { content: room.file, sizeBytes: content.length, durationSeconds: null }
    expect(told).to.deep.equal([
      { ...progress, positionBytes: 6 * MIB, sequentialBytes: 6 * MIB },
      { ...progress, positionBytes: 11 * MIB, sequentialBytes: 11 * MIB },
      { ...progress, positionBytes: 16 * MIB, sequentialBytes: 16 * MIB },
      { ...progress, positionBytes: 64 * MIB, sequentialBytes: MIB },
    ])
    listening.dispose()
    ;(await room.open()).close()
    expect(told).to.have.length(4)
    await room.close()
  })

  it('says when a reader waits, and when none does any more', async () => {
    const room = makeRoom({ content, pieceBytes: MIB })
    const seen: boolean[] = []
    room.source.onReaderWaiting(() => seen.push(room.source.isReaderWaiting))
    const reader = await room.open()
    const waiting = [reader.read(new Uint8Array(10), 0, never), reader.read(new Uint8Array(10), 5 * MIB, never)]
    expect(seen).to.deep.equal([true])
    room.torrent.arrive(0)
    await waiting[0]
    expect(seen).to.deep.equal([true])
    room.torrent.arrive(5)
    await waiting[1]
    expect(seen).to.deep.equal([true, false])
    await room.close()
  })

  describe('the grace after the last reader left', () => {
    it('keeps index and place wanted for its length, then nothing is left', async () => {
      const room = makeRoom({ content, pieceBytes: MIB })
      room.torrent.arrive(20)
      const reader = await room.open({ start: 20 * MIB, end: content.length })
      await reader.read(new Uint8Array(64 * KIB), 20 * MIB, never)
      await settle()
      reader.close()
      expect(show(room.torrent.wanted)).to.deep.equal(['index 0-10', 'index 59-64', 'ahead 20-22'])
      room.clock.advance(GRACE_MS - 1)
      expect(room.torrent.owners).to.equal(1)
      room.clock.advance(1)
      expect(room.torrent.owners).to.equal(0)
      await settle()
      expect(room.torrent.waiting).to.equal(0) // detection ended too
      await room.close()
    })

    it('never leaves a tick in which a player that opens, reads the tail and opens again wants nothing', async () => {
      const room = makeRoom({ content, pieceBytes: MIB })
      for (const start of [0, 62 * MIB, 0]) {
        const reader = await room.open({ start, end: content.length })
        await settle()
        expect(room.torrent.owners).to.equal(1)
        expect(show(room.torrent.wanted).join()).to.include('index')
        reader.close()
        await settle()
        expect(show(room.torrent.wanted)).to.include.members(['index 0-10'])
      }
      const empty = room.torrent.calls.filter(({ windows }) => windows.length === 0)
      // Each reader withdrew its own, each hand-over the plan's; the plan's came first and went last.
      expect(empty).to.have.length(5)
      room.clock.advance(GRACE_MS)
      expect(room.torrent.owners).to.equal(0)
      await room.close()
    })

    it('ends scrubbing with only the last position wanted', async () => {
      const room = makeRoom({ content, pieceBytes: MIB })
      for (let i = 0; i < 20; i++) {
        const start = (12 + ((i * 7) % 40)) * MIB
        const reader = await room.open({ start, end: content.length })
        await settle()
        expect(room.torrent.wanted.filter(({ priority }) => priority !== 'index')).to.deep.equal([
          { first: start / MIB, end: start / MIB + 1, priority: 'urgent' },
        ])
        reader.close()
        room.clock.advance(100)
      }
      await room.close()
    })

    it('goes on with the read-ahead for a reader that continues where another left', async () => {
      const room = makeRoom({ content, pieceBytes: MIB })
      room.torrent.arriveAll()
      const first = await room.open({ start: 10 * MIB, end: 14 * MIB })
      const target = new Uint8Array(MIB)
      for (let position = 10 * MIB; position < 14 * MIB; position += MIB) await first.read(target, position, never)
      first.close()
      await room.open({ start: 14 * MIB, end: content.length })
      await settle()
      expect(show(room.torrent.wanted)[0]).to.equal('urgent 14-22')
      await room.close()
    })

    it('keeps nothing of probes', async () => {
      const room = makeRoom({ content, pieceBytes: MIB })
      room.torrent.arriveAll()
      const reader = await room.open({ start: 30 * MIB, end: 30 * MIB + 1000 })
      await reader.read(new Uint8Array(1000), 30 * MIB, never)
      reader.close()
      expect(room.torrent.wanted).to.deep.equal([])
      await room.close()
    })
  })

  it('leaves no window, wait, timer or lease after close, with reads waiting', async () => {
    const room = makeRoom({ content, pieceBytes: MIB })
    const readers = await Promise.all([room.open(), room.open(), room.open()])
    const reads = readers.map((reader) => failureOf(reader.read(new Uint8Array(10), 40 * MIB, never)))
    await settle()
    room.source.close()
    room.source.close()
    for (const error of await Promise.all(reads)) expect(isAppError(error, 'aborted')).to.be.true
    expect([room.torrent.owners, room.torrent.waiting, room.metrics.read('open_readers')]).to.deep.equal([0, 0, 0])
    expect(isAppError(await failureOf(room.open()), 'aborted')).to.be.true
    expect(room.clock.pendingTimers).to.equal(1) // the torrent's idle timer
    await room.close()
    expect(room.clock.pendingTimers).to.equal(0)
  })

  it('ends readers with unavailable when the torrent is removed', async () => {
    const room = makeRoom({ content, pieceBytes: MIB })
    const reader = await room.open()
    const waiting = failureOf(reader.read(new Uint8Array(10), 0, never))
    await room.activity.remove(HASH, true)
    expect(isAppError(await waiting, 'unavailable')).to.be.true
    await room.close()
  })

  it('serves a torrent that was dropped from memory and opened anew', async () => {
    const room = makeRoom({ content, pieceBytes: MIB })
    room.torrent.arriveAll()
    const reader = await room.open()
    await room.activity.remove(HASH, false)
    reader.close()
    room.activity.added(HASH)
    room.torrent.isClosed = false
    const again = await room.open()
    expect(await again.read(new Uint8Array(10), 0, never)).to.equal(10)
    await room.close()
  })

  describe('container detection', () => {
    const film = mp4({ moovAtEnd: true, mdatBytes: 40 * MIB, moovBytes: 9 * MIB, seconds: 400 })

    it('wants the index that it finds, and what it must read to find it, without a read waiting for it', async () => {
      const room = makeRoom({ content: film, pieceBytes: MIB })
      const reader = await room.open()
      room.torrent.arrive(0)
      expect(await reader.read(new Uint8Array(10), 0, never)).to.equal(10)
      await settle()
      await settle()
      // The walk comes to the moov's header at 40 MiB, between header and footer.
      expect(show(room.torrent.wanted)).to.include('index 40-41')
      room.torrent.arrive(40)
      await settle()
      await settle()
      expect(show(room.torrent.wanted)).to.include('index 40-50')
      await room.close()
    })

    it('looks once at a file, whatever the number of readers and openings', async () => {
      const saved: ContainerInfo[] = []
      const containers = {
        loadContainer: () => undefined,
        saveContainer: (_: unknown, found: ContainerInfo) => void saved.push(found),
      }
      const room = makeRoom({ content: film, pieceBytes: MIB }, { containers })
      room.torrent.arriveAll()
      for (let i = 0; i < 3; i++) {
        const readers = await Promise.all([room.open(), room.open()])
        await settle()
        for (const reader of readers) reader.close()
        room.clock.advance(GRACE_MS)
      }
      expect(saved).to.have.length(1)
      expect(saved[0]).to.deep.include({ format: 'mp4', durationSeconds: 400 })
      const reads = room.torrent.readPieceCalls
      await room.open()
      await settle()
      expect(room.torrent.readPieceCalls).to.equal(reads)
      await room.close()
    })

    it('reads on when the store refuses what was found', async () => {
      const containers = {
        loadContainer: () => undefined,
        saveContainer: () => {
          throw new Error('no such torrent')
        },
      }
      const room = makeRoom({ content: film, pieceBytes: MIB }, { containers })
      room.torrent.arriveAll()
      const reader = await room.open()
      await settle()
      await settle()
      expect(await reader.read(new Uint8Array(10), 0, never)).to.equal(10)
      expect(show(room.torrent.wanted)).to.include('index 40-50')
      await room.close()
    })

    it('looks at nothing when the store knows the file', async () => {
      const known: ContainerInfo = {
        format: 'mp4',
        index: [{ start: 20 * MIB, end: 21 * MIB }],
        durationSeconds: 10,
        seekPoints: [20 * MIB, 28 * MIB, 31 * MIB],
        streams: null,
      }
      const containers = { loadContainer: () => known, saveContainer: () => expect.fail('nothing to save') }
      const room = makeRoom({ content: film, pieceBytes: MIB }, { containers })
      room.torrent.arriveAll()
      await room.open({ start: 30 * MIB, end: content.length })
      await settle()
      expect(room.torrent.readPieceCalls).to.equal(0)
      expect(show(room.torrent.wanted)).to.include('index 20-21')
      // A first span of two seconds at most of 4 MiB; the chunk of the seek begins at 28 MiB.
      expect(show(room.torrent.wanted).slice(0, 2)).to.deep.equal(['urgent 30-34', 'urgent 28-30'])
      await room.close()
    })

    it('does not look for a probe', async () => {
      const room = makeRoom({ content: film, pieceBytes: MIB })
      await room.open({ start: 0, end: 100 })
      await settle()
      expect(room.torrent.waiting).to.equal(0)
      await room.close()
    })
  })
})
