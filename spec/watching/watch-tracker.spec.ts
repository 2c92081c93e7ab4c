import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import type { FileKey } from '../../lib/domain/curation.ts'
import { contentId, infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { ReadProgress, WatchPosition, WatchStore } from '../../lib/domain/watching.ts'
import { openLibrary } from '../../lib/library/library.ts'
import { WatchTracker } from '../../lib/watching/watch-tracker.ts'
import { FakeEngine, FakeTorrent } from '../support/fake-torrent.ts'
import { ManualClock } from '../support/manual-clock.ts'

const MIB = 1024 * 1024
const HASH = infoHash('ab'.repeat(20))
const FILM = contentId(HASH, 0)
/** Of two hours: 0.57 MiB a second. */
const SIZE = 4096 * MIB
const SECONDS = 7200
const never = new AbortController().signal

class MemoryWatchStore implements WatchStore {
  readonly saved: WatchPosition[] = []
  next: FileKey | undefined
  failure: Error | undefined

  saveWatch(position: WatchPosition): void {
    if (this.failure) throw this.failure
    this.saved.push(position)
  }

  findWatch(file: FileKey): WatchPosition | undefined {
    return this.saved.findLast((one) => one.infoHash === file.infoHash && one.fileIndex === file.fileIndex)
  }

  unfinished(): readonly WatchPosition[] {
    if (this.failure) throw this.failure
    const last = new Map(this.saved.map((position) => [`${position.infoHash}:${position.fileIndex}`, position]))
    return [...last.values()].filter((position) => !position.isFinished).sort((a, b) => b.watchedAtMs - a.watchedAtMs)
  }

  finishedEpisodes(sinceMs: number): readonly WatchPosition[] {
    return this.saved.filter((position) => position.isFinished && position.watchedAtMs >= sinceMs).slice(-1)
  }

  nextEpisode(): FileKey | undefined {
    return this.next
  }
}

class Room {
  readonly store = new MemoryWatchStore()
  readonly clock = new ManualClock()
  readonly warmed: FileKey[] = []
  readonly torrent = new FakeTorrent({
    content: new Uint8Array(100),
    pieceBytes: 10,
    infoHash: HASH,
    fileSizes: [55, 45],
  })
  readonly engine = new FakeEngine(() => this.torrent)
  readonly tracker = new WatchTracker({
    store: this.store,
    fetcher: { warm: (file) => void this.warmed.push(file) },
    engine: this.engine,
    files: () => this.torrent.info.files,
    layout: () => this.torrent.info.layout,
    clock: this.clock,
    logger: silentLogger,
  })

  /** Reads on from `from` for so many seconds at so many times the film's pace, told every five seconds. */
  watch(from: number, seconds: number, pace = 1, more: Partial<ReadProgress> = {}): number {
    const bytesPerS = (SIZE / SECONDS) * pace
    let position = from
    for (let second = 0; second < seconds; second += 5) {
      this.clock.advance(5000)
      position = Math.min(SIZE, position + bytesPerS * 5)
      this.tell(Math.floor(position), Math.floor(position - from), more)
    }
    return Math.floor(position)
  }

  tell(positionBytes: number, sequentialBytes: number, more: Partial<ReadProgress> = {}): void {
    const progress = { content: FILM, sizeBytes: SIZE, durationSeconds: SECONDS }
    this.tracker.progress({ ...progress, positionBytes, sequentialBytes, ...more })
  }
}

describe('WatchTracker', () => {
  let room: Room
  beforeEach(() => {
    room = new Room()
  })
  afterEach(() => {
    room.tracker.close()
    expect(room.clock.pendingTimers).to.equal(0)
  })

  describe('positions', () => {
    it('are those of a viewer, kept once seen, then every so often, and at the end', () => {
      room.watch(0, 170)
      expect(room.store.saved.filter(({ positionBytes }) => positionBytes < 80 * MIB)).to.be.empty
      const position = room.watch(170 * (SIZE / SECONDS), 60)
      expect(room.store.saved.length).to.be.within(3, 7)
      room.tracker.close()
      expect(room.store.saved.at(-1)).to.deep.include({
        infoHash: HASH,
        fileIndex: 0,
        positionBytes: position,
        isFinished: false,
      })
      expect(room.tracker.continueWatching().map(({ content }) => content)).to.deep.equal([FILM])
    })

    it('come from two percent of a film that is read on in order, in less than minutes', () => {
      const short = { sizeBytes: 100 * MIB, durationSeconds: 600 }
      for (let second = 5; second <= 25; second += 5) {
        room.clock.advance(5000)
        room.tell(Math.floor(second * (100 / 600) * MIB), Math.floor(second * (100 / 600) * MIB), short)
      }
      expect(room.store.saved).to.have.length(1)
    })

    it('are not moved by scans: head, tail, somewhere, gone', () => {
      for (let scan = 0; scan < 50; scan++) {
        room.tell(6 * MIB, 6 * MIB)
        room.clock.advance(300)
        room.tell(SIZE, 3 * MIB)
        room.clock.advance(300)
        room.tell(SIZE / 2, MIB)
        room.clock.advance(30_000)
      }
      expect(room.store.saved).to.be.empty
    })

    it('are not moved by a copy at full speed, whatever its pace', () => {
      room.watch(0, 900, 8)
      room.watch(0, 60, 40)
      expect(room.store.saved).to.be.empty
    })

    it('are those of a player that fills its buffer first', () => {
      room.tell(120 * MIB, 120 * MIB)
      room.watch(120 * MIB, 200)
      expect(room.store.saved).to.not.be.empty
    })

    it('go on over readers that follow each other, and a pause of an hour', () => {
      let position = 0
      for (let chunk = 0; chunk < 60; chunk++) {
        room.clock.advance(5000)
        const length = (SIZE / SECONDS) * 5
        position += length
        room.tell(Math.floor(position), Math.floor(length))
      }
      expect(room.store.saved).to.not.be.empty
      room.clock.advance(3_600_000)
      room.tell(Math.floor(position + 3 * MIB), 3 * MIB)
      room.tracker.close()
      expect(room.store.saved.at(-1)?.positionBytes).to.equal(Math.floor(position + 3 * MIB))
    })

    it('follow a seek once it is read on', () => {
      room.watch(0, 200)
      room.tell(SIZE / 2, 0)
      room.tracker.close()
      expect(room.store.saved.at(-1)?.positionBytes).to.be.below(SIZE / 4)
      room.watch(SIZE / 2, 200)
      room.tracker.close()
      expect(room.store.saved.at(-1)?.positionBytes).to.be.above(SIZE / 2)
    })

    it('are finished past 95 percent, and in the last two minutes', () => {
      room.watch(0.8 * SIZE, 200)
      expect(room.store.saved.at(-1)?.isFinished).to.be.false
      room.watch(0.94 * SIZE, 200)
      expect(room.store.saved.at(-1)?.isFinished).to.be.true
      expect(room.tracker.continueWatching()).to.deep.equal([])
      const short = { sizeBytes: 900 * MIB, durationSeconds: 1300 }
      for (let second = 0; second <= 200; second += 5) {
        room.clock.advance(5000)
        const position = (1000 + second) * (900 / 1300) * MIB
        room.tell(position, second * (900 / 1300) * MIB, { ...short, content: contentId(HASH, 1) })
      }
      expect(room.store.findWatch({ infoHash: HASH, fileIndex: 1 })?.isFinished).to.be.true
    })

    it('move on to the next episode for some weeks, and stay in one that was begun', () => {
      const continued = () => room.tracker.continueWatching().map(({ content }) => content)
      room.store.next = { infoHash: HASH, fileIndex: 1 }
      room.watch(0.94 * SIZE, 200)
      expect(continued()).to.deep.equal([contentId(HASH, 1)])
      room.clock.advance(7 * 7 * 24 * 3_600_000)
      expect(continued()).to.deep.equal([])
      const watchedAtMs = room.clock.nowMs()
      room.store.saved.push({
        infoHash: HASH,
        fileIndex: 0,
        positionBytes: 9,
        sizeBytes: 9,
        watchedAtMs,
        isFinished: true,
      })
      const begun = { infoHash: HASH, fileIndex: 1, positionBytes: 1, sizeBytes: 9, isFinished: false }
      room.store.saved.push({ ...begun, watchedAtMs: watchedAtMs + 1 })
      expect(room.tracker.continueWatching()).to.deep.equal([
        { content: contentId(HASH, 1), watchedAtMs: watchedAtMs + 1 },
      ])
    })

    it('that cannot be kept fail no reader', () => {
      room.store.failure = new Error('disk full')
      room.watch(0, 300)
      room.store.failure = undefined
      room.watch(300 * (SIZE / SECONDS), 60)
      room.tracker.close()
      expect(room.store.saved).to.not.be.empty
    })
  })

  describe('the next episode', () => {
    const next = { infoHash: infoHash('cd'.repeat(20)), fileIndex: 3 }

    it('is warmed once, past 80 percent or ten minutes before the end', () => {
      room.store.next = next
      const position = room.watch(0.7 * SIZE, 400)
      expect(room.warmed).to.deep.equal([])
      room.watch(position, 1500)
      expect(room.warmed).to.deep.equal([next])
      const long = { durationSeconds: 2000, content: contentId(HASH, 1) }
      room.watch(0.6 * SIZE, 300, 1, long)
      expect(room.warmed).to.deep.equal([next])
      room.watch(0.71 * SIZE, 300, 1, long)
      expect(room.warmed).to.deep.equal([next, next])
    })

    it('is not warmed for a scan of the tail, nor when there is none', () => {
      room.store.next = next
      room.tell(SIZE, 5 * MIB)
      expect(room.warmed).to.deep.equal([])
      room.store.next = undefined
      room.watch(0.9 * SIZE, 300)
      expect(room.warmed).to.deep.equal([])
    })
  })

  describe('views', () => {
    it('know what is in the cache whole, and tell when that changed, once a second', async () => {
      await room.engine.open({ infoHash: HASH }, never)
      let told = 0
      room.tracker.onChanged(() => told++)
      const both = () => [room.tracker.isInstant(FILM), room.tracker.isInstant(contentId(HASH, 1))]
      expect(both()).to.deep.equal([false, false])
      room.torrent.arrive(0, 1, 2, 3, 4)
      room.clock.advance(1000)
      expect([both(), told]).to.deep.equal([[false, false], 0])
      room.torrent.arrive(5)
      room.torrent.arrive(6)
      room.clock.advance(999)
      expect(told).to.equal(0)
      room.clock.advance(1)
      expect([both(), told]).to.deep.equal([[true, false], 1])
      room.torrent.arriveAll()
      room.clock.advance(1000)
      expect([both(), told]).to.deep.equal([[true, true], 2])
      room.torrent.evict(5)
      room.clock.advance(1000)
      expect([both(), told]).to.deep.equal([[false, false], 3])
    })

    it('tell of a film that is begun or finished, not of one that goes on', () => {
      let told = 0
      room.tracker.onChanged(() => told++)
      const position = room.watch(0, 300)
      room.clock.advance(1000)
      expect(told).to.equal(1)
      room.watch(position, 600)
      room.clock.advance(20_000)
      expect(told).to.equal(1)
      room.watch(0.95 * SIZE, 200)
      room.clock.advance(1000)
      expect(told).to.equal(2)
    })
  })

  it('keeps positions and finds the next episode in the real library', () => {
    const library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
    const { info } = new FakeTorrent({
      content: new Uint8Array(200),
      pieceBytes: 10,
      infoHash: HASH,
      fileSizes: [100, 100],
    })
    const episode = (fileIndex: number) => ({
      kind: 'episode' as const,
      title: 'Show',
      year: null,
      season: 1,
      episodes: [fileIndex + 1],
      episodeName: null,
      fileIndex,
      resolution: null,
      source: null,
    })
    library.addTorrent({ ...info, metadata: Buffer.from('de') }, null, [episode(0), episode(1)], false)
    const warmed: FileKey[] = []
    const tracker = new WatchTracker({
      store: library,
      fetcher: { warm: (file) => void warmed.push(file) },
      engine: room.engine,
      files: (hash) => library.findTorrent(hash)?.files,
      layout: () => undefined,
      clock: room.clock,
      logger: silentLogger,
    })
    for (let second = 5; second <= 200; second += 5) {
      room.clock.advance(5000)
      tracker.progress({
        content: FILM,
        positionBytes: 2_900_000 + second * 1000,
        sizeBytes: 4_000_000,
        sequentialBytes: second * 1000,
        durationSeconds: 4000,
      })
    }
    expect(warmed).to.deep.equal([])
    for (let second = 205; second <= 400; second += 5) {
      room.clock.advance(5000)
      tracker.progress({
        content: FILM,
        positionBytes: 2_900_000 + second * 1000,
        sizeBytes: 4_000_000,
        sequentialBytes: second * 1000,
        durationSeconds: 4000,
      })
    }
    expect(warmed).to.deep.equal([{ infoHash: HASH, fileIndex: 1 }])
    expect(tracker.continueWatching().map(({ content }) => content)).to.deep.equal([FILM])
    tracker.close()
    library.close()
  })
})
