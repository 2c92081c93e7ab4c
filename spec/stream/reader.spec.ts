import { getEventListeners, setMaxListeners } from 'node:events'
import { expect } from 'chai'
import { AppError, isAppError } from '../../lib/domain/errors.ts'
import { FixedBufferPool } from '../../lib/stream/buffer-pool.ts'
import { failureOf } from '../support/failure-of.ts'
import { HASH, KIB, MIB, makeRoom, never, pattern, READ_TIMEOUT_MS, type Room, settle, show } from './room.ts'

describe('TorrentReader', () => {
  const content = pattern(64 * MIB)
  let room: Room
  let target: Uint8Array

  beforeEach(() => {
    room = makeRoom({ content, pieceBytes: MIB })
    target = new Uint8Array(64 * KIB)
  })
  afterEach(() => room.close())

  it('reads across piece borders as far as there is something', async () => {
    room.torrent.arrive(0, 1)
    const reader = await room.open()
    expect(await reader.read(target, MIB - 1000, never)).to.equal(64 * KIB)
    expect(Buffer.compare(target, content.subarray(MIB - 1000, MIB - 1000 + 64 * KIB))).to.equal(0)
    expect(await reader.read(target, 2 * MIB - 1000, never)).to.equal(1000)
    expect(target.subarray(0, 1000)).to.deep.equal(content.slice(2 * MIB - 1000, 2 * MIB))
  })

  it('never reads the next file’s bytes', async () => {
    const two = makeRoom({ content: pattern(3000), pieceBytes: 1000, fileSizes: [1500, 1500] })
    two.torrent.arriveAll()
    const reader = await two.open()
    target.fill(255)
    expect(await reader.read(target, 1400, never)).to.equal(100)
    expect(target[100]).to.equal(255)
    expect(await reader.read(target, 1500, never)).to.equal(0)
    await two.close()
  })

  it('refuses a position that is none', async () => {
    const reader = await room.open()
    for (const position of [-1, 0.5, Number.NaN])
      expect(isAppError(await failureOf(reader.read(target, position, never)), 'invalid')).to.be.true
  })

  it('waits again for a piece that was evicted between the test and the read', async () => {
    room.torrent.arrive(0)
    const reader = await room.open()
    const readPiece = room.torrent.readPiece.bind(room.torrent)
    let evictions = 0
    room.torrent.readPiece = (piece, offset, into) => {
      if (evictions++ === 0) {
        room.torrent.evict(piece)
        setImmediate(() => room.torrent.arrive(piece))
        return Promise.reject(new AppError('not_found', 'evicted'))
      }
      return readPiece(piece, offset, into)
    }
    expect(await reader.read(target, 0, never)).to.equal(64 * KIB)
    expect(evictions).to.equal(2)
    expect(room.metrics.count('piece_waits_total')).to.equal(1)
  })

  it('gives up on a cache that says it has what it cannot read', async () => {
    room.torrent.arrive(0)
    const reader = await room.open()
    room.torrent.readPiece = () => Promise.reject(new AppError('not_found', 'evicted'))
    expect(isAppError(await failureOf(reader.read(target, 0, never)), 'unavailable')).to.be.true
  })

  describe('allocation (finding 1)', () => {
    it('serves 10,000 reads of present data with array buffers flat and no timer', async () => {
      room.torrent.arriveAll()
      const reader = await room.open()
      const pool = new FixedBufferPool({ bufferBytes: 64 * KIB })
      const readMany = async (count: number, startBytes = 0) => {
        for (let i = 0; i < count; i++) {
          const buffer = pool.take()
          await reader.read(buffer, (startBytes + i * 64 * KIB) % (content.length - 64 * KIB), never)
          pool.give(buffer)
        }
      }
      await readMany(2000)
      // Runs elsewhere, until as many blocks are resident as ever are.
      for (let run = 0; run < 20; run++) await readMany(2, run * MIB)
      room.torrent.calls.length = 0
      global.gc?.()
      const before = process.memoryUsage()
      const timers = room.clock.pendingTimers
      await readMany(10_000)
      expect(room.clock.pendingTimers).to.equal(timers)
      room.torrent.calls.length = 0
      global.gc?.()
      const after = process.memoryUsage()
      expect(after.arrayBuffers - before.arrayBuffers).to.be.below(64 * KIB)
      expect(after.heapUsed - before.heapUsed).to.be.below(MIB)
      expect(pool.idle).to.equal(1)
    })
  })

  describe('waiting (findings 2 and 7)', () => {
    it('delays neither another reader, nor detection, nor its own seek', async () => {
      const stalled = await room.open()
      const waiting = failureOf(stalled.read(target, 20 * MIB, never))
      await settle()
      room.torrent.arrive(0, 30)
      const other = await room.open()
      expect(await other.read(new Uint8Array(10), 0, never)).to.equal(10)
      await settle()
      expect(room.torrent.readPieceCalls).to.be.above(1) // detection read the header too
      expect(await stalled.read(new Uint8Array(10), 30 * MIB, never)).to.equal(10)
      stalled.close()
      expect(isAppError(await waiting, 'aborted')).to.be.true
    })

    it('aborts only the wait whose signal it was, and leaves no listener', async () => {
      const reader = await room.open()
      const seek = new AbortController()
      const stays = new AbortController()
      const left = failureOf(reader.read(target, 0, seek.signal))
      const other = reader.read(new Uint8Array(10), 8 * MIB, stays.signal)
      seek.abort(new Error('seek'))
      expect(await left).to.equal(seek.signal.reason)
      room.torrent.arrive(8)
      expect(await other).to.equal(10)
      for (const { signal } of [seek, stays]) expect(getEventListeners(signal, 'abort')).to.have.length(0)
      expect(room.metrics.count('read_aborts_total')).to.equal(1)
    })

    it('resolves in the turn of the arrival, with one deadline pending and nothing that ticks', async () => {
      const reader = await room.open()
      await settle()
      const idle = room.clock.pendingTimers
      const reading = reader.read(target, 0, never)
      expect(room.clock.pendingTimers).to.equal(idle + 1)
      const timeMs = room.clock.monotonicMs()
      room.torrent.arrive(0)
      expect(await reading).to.equal(64 * KIB)
      expect(room.clock.monotonicMs()).to.equal(timeMs)
      expect(room.clock.pendingTimers).to.equal(idle)
      expect(room.metrics.observed('piece_wait_seconds')).to.deep.equal([0])
    })

    it('fails with timeout when no byte came for the configured time, and can go on', async () => {
      const reader = await room.open()
      const reading = failureOf(reader.read(target, 0, never))
      room.clock.advance(READ_TIMEOUT_MS - 1)
      await settle()
      room.clock.advance(1)
      expect(isAppError(await reading, 'timeout')).to.be.true
      expect(room.metrics.count('read_timeouts_total')).to.equal(1)
      expect(room.torrent.waiting).to.equal(1) // detection, which waits for the header
      room.torrent.arrive(0)
      expect(await reader.read(target, 0, never)).to.equal(64 * KIB)
    })

    it('counts blocks: a large piece that comes slowly is no silence', async () => {
      const reader = await room.open()
      const reading = reader.read(target, 0, never)
      for (let blocks = 0; blocks < 20; blocks++) {
        room.clock.advance(READ_TIMEOUT_MS / 2)
        room.torrent.receive(0, 16 * KIB)
      }
      await settle()
      expect(room.metrics.count('read_timeouts_total')).to.equal(0)
      room.torrent.arrive(0)
      expect(await reading).to.equal(64 * KIB)
    })

    it('fails a quarter of the time late at most when a piece stops coming', async () => {
      const reader = await room.open()
      const reading = failureOf(reader.read(target, 0, never))
      room.clock.advance(1)
      room.torrent.receive(0, 16 * KIB)
      room.clock.advance(READ_TIMEOUT_MS * 1.25 - 1)
      expect(isAppError(await reading, 'timeout')).to.be.true
      expect(room.clock.pendingTimers).to.equal(0)
    })

    it('counts the time-out from the last byte', async () => {
      const reader = await room.open()
      room.clock.advance(READ_TIMEOUT_MS)
      const first = reader.read(target, 0, never)
      room.clock.advance(READ_TIMEOUT_MS - 1)
      room.torrent.arrive(0)
      await first
      const second = reader.read(target, MIB, never)
      room.clock.advance(READ_TIMEOUT_MS - 1)
      room.torrent.arrive(1)
      expect(await second).to.equal(64 * KIB)
    })

    it('never settles while the torrent may still write into its target', async () => {
      room.torrent.arrive(0)
      const reader = await room.open()
      let finish: (() => void) | undefined
      room.torrent.readPiece = (_piece, _offset, into) =>
        new Promise((resolve) => {
          finish = () => resolve(into.length)
        })
      let isSettled = false
      const reading = failureOf(reader.read(target, 0, never)).finally(() => {
        isSettled = true
      })
      reader.close()
      await settle()
      expect(isSettled).to.be.false
      finish?.()
      expect(isAppError(await reading, 'aborted')).to.be.true
    })
  })

  describe('windows (finding 6)', () => {
    it('sets them once when opened: position and index', async () => {
      await room.open()
      await settle()
      expect(room.torrent.calls.map(({ windows }) => show(windows))).to.deep.equal([
        ['urgent 0-1', 'index 1-10', 'index 59-64'],
      ])
    })

    for (const pieceBytes of [16 * KIB, 256 * KIB, 4 * MIB]) {
      it(`makes one call per seek with pieces of ${pieceBytes / KIB} KiB`, async () => {
        const own = makeRoom({ content, pieceBytes })
        const reader = await own.open()
        await settle()
        for (const position of [20 * MIB, 40 * MIB, 30 * MIB]) {
          const before = own.torrent.calls.length
          const seek = new AbortController()
          const reading = failureOf(reader.read(target, position, seek.signal))
          await settle()
          expect(own.torrent.calls.length - before).to.equal(1)
          expect(own.torrent.calls.at(-1)?.windows[0]?.first).to.equal(Math.floor(position / pieceBytes))
          seek.abort(new Error('next'))
          await reading
        }
        await own.close()
      })
    }

    it('makes one call, and one scheduler update, of 100 seeks in one tick', async () => {
      const reader = await room.open()
      await settle()
      const [calls, updates] = [room.torrent.calls.length, room.torrent.updates]
      const seeks = new AbortController()
      setMaxListeners(0, seeks.signal)
      const reads = Array.from({ length: 100 }, (_, i) => {
        return failureOf(reader.read(new Uint8Array(10), ((i * 37) % 60) * MIB, seeks.signal))
      })
      await settle()
      await settle()
      expect(room.torrent.calls.length - calls).to.equal(1)
      expect(room.torrent.updates - updates).to.equal(1)
      expect(room.torrent.calls.at(-1)?.windows[0]).to.deep.include({ first: (99 * 37) % 60, priority: 'urgent' })
      seeks.abort(new Error('done'))
      await Promise.all(reads)
    })

    it('makes no call while reading inside one piece, and at most two a piece over many', async () => {
      room.torrent.arriveAll()
      const reader = await room.open()
      await reader.read(target, 0, never)
      await settle()
      const before = room.torrent.calls.length
      for (let position = 64 * KIB; position < MIB - 64 * KIB; position += 64 * KIB)
        await reader.read(target, position, never)
      await settle()
      expect(room.torrent.calls.length).to.equal(before)
      for (let position = MIB - 64 * KIB; position < 32 * MIB; position += 64 * KIB)
        await reader.read(target, position, never)
      await settle()
      expect(room.torrent.calls.length - before).to.be.within(31, 2 * 32)
    })

    it('keeps its read-ahead over a step forward inside it, and begins anew elsewhere', async () => {
      room.torrent.arriveAll()
      const reader = await room.open()
      const spanAfter = async (position: number): Promise<number> => {
        await reader.read(target, position, never)
        await settle()
        const pieces = room.torrent.wanted.filter(({ priority }) => priority !== 'index')
        return pieces.reduce((sum, { first, end }) => sum + end - first, 0)
      }
      for (let position = 20 * MIB; position < 24 * MIB; position += 64 * KIB)
        await reader.read(target, position, never)
      expect(await spanAfter(26 * MIB)).to.equal(9)
      expect(await spanAfter(50 * MIB)).to.equal(2)
      expect(await spanAfter(22 * MIB)).to.equal(2)
    })

    it('reads nothing ahead past a bounded range', async () => {
      const reader = await room.open({ start: 20 * MIB, end: 24 * MIB })
      room.torrent.arriveAll()
      for (let position = 20 * MIB; position < 24 * MIB; position += 64 * KIB)
        await reader.read(target, position, never)
      await settle()
      for (const { windows } of room.torrent.calls)
        for (const window of windows) if (window.priority !== 'index') expect(window.end).to.be.at.most(24)
    })

    it('claims one piece for a probe of 64 KiB', async () => {
      await room.open({ start: 30 * MIB, end: 30 * MIB + 64 * KIB })
      await settle()
      expect(show(room.torrent.wanted)).to.deep.equal(['urgent 30-31'])
    })

    it('asks nothing for small ranges of what is stored, one after the other, until a piece is missing', async () => {
      room.torrent.arriveAll()
      const ranges = Array.from({ length: 32 }, (_, index) => 30 * MIB + index * 64 * KIB)
      for (const start of ranges) {
        const reader = await room.open({ start, end: start + 64 * KIB })
        expect(await reader.read(target, start, never)).to.equal(64 * KIB)
        reader.close()
      }
      await settle()
      expect(room.torrent.calls).to.deep.equal([])

      const start = 40 * MIB
      const reader = await room.open({ start, end: start + 64 * KIB })
      room.torrent.evict(40)
      const waiting = reader.read(target, start, never)
      await settle()
      expect(show(room.torrent.wanted)).to.deep.equal(['urgent 40-41'])
      room.torrent.arrive(40)
      expect(await waiting).to.equal(64 * KIB)
      reader.close()
      expect(room.torrent.owners).to.equal(0)
    })
  })

  it('fails waiting reads and later ones with unavailable when a person pauses the torrent', async () => {
    const reader = await room.open()
    const waiting = failureOf(reader.read(target, 0, never))
    await room.activity.pause(HASH)
    expect(isAppError(await waiting, 'unavailable')).to.be.true
    expect(isAppError(await failureOf(reader.read(target, 0, never)), 'unavailable')).to.be.true
    expect(room.metrics.read('open_readers')).to.equal(0)
    expect([room.torrent.owners, room.torrent.waiting, room.clock.pendingTimers]).to.deep.equal([0, 0, 0])
  })

  it('reports reads, bytes and the time to the first byte once', async () => {
    room.torrent.arrive(0)
    const reader = await room.open()
    expect(room.metrics.read('open_readers')).to.equal(1)
    await reader.read(target, 0, never)
    await reader.read(target, 64 * KIB, never)
    expect(room.metrics.count('reads_total')).to.equal(2)
    expect(room.metrics.count('read_bytes_total')).to.equal(128 * KIB)
    expect(room.metrics.observed('read_first_byte_seconds')).to.have.length(1)
    reader.close()
    expect(room.metrics.read('open_readers')).to.equal(0)
  })
})
