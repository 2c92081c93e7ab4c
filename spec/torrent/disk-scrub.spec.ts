import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { isAppError } from '../../lib/domain/errors.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import type { ScrubProgress } from '../../lib/domain/torrent.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { PieceData } from '../support/piece-data.ts'

const PIECE = 32 * 1024

describe('DiskPieceStore, scrub', () => {
  const film = new PieceData(1, PIECE, 10 * PIECE)
  const other = new PieceData(2, PIECE, 10 * PIECE)
  const stranger = new PieceData(3, PIECE, 10 * PIECE)
  const known = new Map([film, other].map((data) => [data.infoHash, data.hashes]))
  const never = new AbortController().signal
  let directory: string
  let store: DiskPieceStore

  const open = () =>
    DiskPieceStore.open({
      directory,
      capBytes: 100 * PIECE,
      clock: systemClock,
      logger: silentLogger,
      metrics: noMetrics,
    })

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scrub-'))
    store = await open()
    for (const data of [film, other, stranger]) {
      const torrent = await store.open(data)
      for (let piece = 0; piece < 10; piece++) await torrent.put(piece, data.bytes(piece))
    }
    await store.close()
    store = await open()
  })
  afterEach(async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('drops what rotted and what is lost, of torrents open or not, and keeps the rest', async () => {
    const opened = await store.open(other)
    const rotten = Buffer.from(film.bytes(4))
    rotten[17]! ^= 1
    await writeFile(join(directory, film.infoHash, '4'), rotten)
    await rm(join(directory, other.infoHash, '7'))
    const seen: ScrubProgress[] = []
    const report = await store.scrub(
      (hash) => known.get(hash),
      (progress) => seen.push(progress),
      never,
    )
    expect(report).to.deep.equal({
      checkedPieces: 20,
      checkedBytes: 20 * PIECE,
      totalBytes: 30 * PIECE,
      badPieces: 2,
      unknownTorrents: 1,
    })
    expect(seen).to.have.length(20)
    expect([opened.has(6), opened.has(7)]).to.deep.equal([true, false])
    const stored = (data: PieceData, first: number, end: number) => store.hasPieces(data.infoHash, { first, end })
    expect([stored(film, 0, 4), stored(film, 4, 5), stored(stranger, 0, 10)]).to.deep.equal([true, false, true])
  })

  it('rests as long as it works, ends with its signal, runs once at a time, and ends when the store closes', async () => {
    const controller = new AbortController()
    const start = performance.now()
    const first = store.scrub(
      (hash) => known.get(hash),
      ({ checkedPieces }) => {
        if (checkedPieces === 5) controller.abort(new Error('enough'))
      },
      controller.signal,
    )
    const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error)
    expect(
      isAppError(
        await failure(
          store.scrub(
            () => undefined,
            () => {},
            never,
          ),
        ),
        'conflict',
      ),
    ).to.equal(true)
    expect(await failure(first)).to.equal(controller.signal.reason)
    expect(performance.now() - start).to.be.above(4)
    const second = failure(
      store.scrub(
        (hash) => known.get(hash),
        () => {},
        never,
      ),
    )
    await store.close()
    expect(isAppError(await second, 'unavailable')).to.equal(true)
  })
})
