import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { PinnedPieces, pinnableBytes } from '../../lib/torrent/store/disk-pins.ts'
import type { TorrentStore } from '../../lib/torrent/store/piece-store.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { PieceData } from '../support/piece-data.ts'
import { until } from '../support/until.ts'

const MIB = 1024 * 1024
const PIECE = 4 * MIB
/** Eighteen pieces; pins may keep two of them. */
const CAP = 72 * MIB

describe('PinnedPieces', () => {
  it('holds what any of its ranges holds', () => {
    const range = fc.record({ first: fc.nat(60), length: fc.nat(20) })
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (made) => {
        const ranges = made.map(({ first, length }) => ({ first, end: first + length }))
        const pinned = new PinnedPieces(ranges)
        for (let piece = 0; piece < 90; piece++) {
          expect(pinned.has(piece)).to.equal(ranges.some(({ first, end }) => piece >= first && piece < end))
        }
      }),
    )
  })

  it('leaves a quarter of the cap, and at least 64 MiB, for reading', () => {
    expect(pinnableBytes(4096 * MIB)).to.equal(3072 * MIB)
    expect(pinnableBytes(100 * MIB)).to.equal(36 * MIB)
    expect(pinnableBytes(10 * MIB)).to.equal(0)
  })
})

describe('DiskPieceStore, pins', () => {
  const film = new PieceData(1, PIECE, 24 * PIECE)
  const other = new PieceData(2, PIECE, 24 * PIECE)
  let directory: string
  let store: DiskPieceStore
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'piece-store-'))
    store = await open()
  })
  afterEach(async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })

  const open = (capBytes = CAP) =>
    DiskPieceStore.open({ directory, capBytes, clock: new ManualClock(), logger: silentLogger, metrics: noMetrics })

  async function put(torrent: TorrentStore, data: PieceData, first: number, end: number): Promise<void> {
    for (let piece = first; piece < end; piece++) await torrent.put(piece, data.bytes(piece))
  }

  const had = (torrent: TorrentStore) => Array.from({ length: 24 }, (_, piece) => piece).filter((at) => torrent.has(at))

  it('keeps pinned pieces while everything else is evicted, in a torrent open or not', async () => {
    store.setPinned(film.infoHash, [{ first: 0, end: 1 }])
    const torrent = await store.open(film)
    await put(torrent, film, 0, 18)
    expect(store.stats().pinnedBytes).to.equal(PIECE)
    await torrent.close()
    const now = await store.open(other)
    await put(now, other, 0, 18)
    expect(store.stored(film.infoHash)).to.equal(PIECE)
    expect(store.hasPieces(film.infoHash, { first: 0, end: 1 })).to.equal(true)
    expect(store.stats().usedBytes).to.equal(CAP)

    store.setPinned(film.infoHash, [])
    expect(store.stats().pinnedBytes).to.equal(0)
    await put(now, other, 18, 19)
    expect(store.stored(film.infoHash)).to.equal(0)
  })

  it('keeps what goes beyond the share of pins as any other piece', async () => {
    const torrent = await store.open(film)
    store.setPinned(film.infoHash, [{ first: 0, end: 24 }])
    await put(torrent, film, 0, 24)
    expect(store.stats()).to.include({ usedBytes: CAP, pinnedBytes: 2 * PIECE })
    expect(had(torrent)).to.deep.equal([0, 1, ...Array.from({ length: 16 }, (_, at) => at + 8)])
    store.setPinned(film.infoHash, [{ first: 20, end: 22 }])
    await put(torrent, film, 2, 8)
    expect(torrent.has(0)).to.equal(false)
    expect([torrent.has(20), torrent.has(21)]).to.deep.equal([true, true])
  })

  it('takes pins of a torrent that was not opened since the start, and counts them', async () => {
    const before = await store.open(film)
    await put(before, film, 0, 18)
    await store.close()
    store = await open()
    store.setPinned(film.infoHash, [{ first: 0, end: 2 }])
    expect(store.stats().pinnedBytes).to.equal(2 * PIECE)
    const now = await store.open(other)
    await put(now, other, 0, 18)
    expect(store.stats()).to.include({ usedBytes: CAP, pinnedBytes: 2 * PIECE })
    expect(had(await store.open(film))).to.deep.equal([0, 1])
    await store.remove(film.infoHash)
    expect(store.stats().pinnedBytes).to.equal(0)
  })

  it('knows every piece of a torrent that was not opened, and corrects itself after a crash', async () => {
    const before = await store.open(film)
    for (const piece of [0, 3, 4, 5, 23]) await before.put(piece, film.bytes(piece))
    await store.close()
    store = await open()
    const has = (first: number, end: number) => store.hasPieces(film.infoHash, { first, end })
    expect([has(0, 1), has(3, 6), has(23, 24), has(7, 7)]).to.deep.equal([true, true, true, true])
    expect([has(0, 2), has(2, 6), has(22, 24)]).to.deep.equal([false, false, false])
    expect(store.hasPieces(other.infoHash, { first: 0, end: 1 })).to.equal(false)
    await store.close()

    const index = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')) as Record<string, unknown>
    await writeFile(join(directory, 'index.json'), JSON.stringify({ ...index, isClean: false }))
    await unlink(join(directory, film.infoHash, '4'))
    store = await open()
    const dropped: number[] = []
    store.onDropped(({ piece }) => dropped.push(piece))
    await until(() => !has(3, 6))
    expect([has(3, 4), has(5, 6)]).to.deep.equal([true, true])
    expect(dropped).to.deep.equal([4])
  })

  it('counts the pieces of an index that does not tell them', async () => {
    await put(await store.open(film), film, 0, 3)
    await store.close()
    const path = join(directory, 'index.json')
    const index = JSON.parse(await readFile(path, 'utf8')) as { torrents: unknown[][] }
    await writeFile(path, JSON.stringify({ ...index, torrents: index.torrents.map((row) => row.slice(0, 3)) }))
    store = await open()
    await until(() => store.hasPieces(film.infoHash, { first: 0, end: 3 }))
  })

  it('tells what comes and what goes, of all torrents', async () => {
    const events: string[] = []
    const stored = store.onStored(({ infoHash, piece }) => {
      events.push(`+${piece}`)
      expect(store.hasPieces(infoHash, { first: piece, end: piece + 1 })).to.equal(true)
    })
    const dropped = store.onDropped(({ piece }) => events.push(`-${piece}`))
    const torrent = await store.open(film)
    await put(torrent, film, 0, 19)
    expect(events).to.deep.equal([...Array.from({ length: 19 }, (_, piece) => `+${piece}`), '-0'])
    stored.dispose()
    dropped.dispose()
    await put(torrent, film, 19, 20)
    expect(events).to.have.length(20)
  })
})
