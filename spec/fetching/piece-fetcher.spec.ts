import { expect } from 'chai'
import { isAppError } from '../../lib/domain/errors.ts'
import { type Logger, silentLogger } from '../../lib/domain/logger.ts'
import { FILM_ENDS, hashOf, keyOf, MIB, PATIENCE_MS, Room } from './room.ts'

const failureOf = (work: () => void): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  return expect.fail('should have failed')
}

describe('PieceFetcher', () => {
  let room: Room
  const use = (...given: ConstructorParameters<typeof Room>): Room => {
    room = new Room(...given)
    return room
  }
  afterEach(async () => {
    await room.close()
    expect(room.clock.pendingTimers).to.equal(0)
    for (const torrent of room.torrents.values())
      expect([torrent.owners, torrent.waiting, torrent.isOnline]).to.deep.equal([0, 0, false])
  })

  describe('the probe pack', () => {
    it('fetches and pins head, tail and index of every file at the lowest priority, then leaves the network', async () => {
      const { fetcher, pins, engine, containers } = use()
      const torrents = [1, 2, 3, 4, 5].map((n) => room.add(n))
      fetcher.start()
      for (let i = 0; i < 5; i++) await room.step()
      for (const [i, torrent] of torrents.entries()) {
        expect([...torrent.priorities]).to.deep.equal(['idle'])
        expect(torrent.isOnline).to.be.false
        expect(torrent.stats().storedBytes).to.equal(4 * MIB)
        expect(engine.pinned.get(hashOf(i + 1))).to.deep.equal(FILM_ENDS)
        expect(containers.loadContainer(keyOf(i + 1))).to.deep.include({ format: 'mp4', durationSeconds: 400 })
      }
      expect(pins.of('ends')).to.have.length(5)
      for (const pin of pins.of('ends')) expect(pin).to.deep.include({ pieces: FILM_ENDS, isComplete: true })
      expect(engine.mostOpening).to.be.at.most(2)
    })

    it('wakes nothing for files whose ends are stored', async () => {
      const { fetcher, pins } = use()
      const torrent = room.add(1)
      torrent.arriveAll()
      fetcher.start()
      await room.step()
      expect(torrent.wakes).to.equal(0)
      expect(pins.of('ends')[0]).to.deep.include({ isComplete: true })
    })

    it('has at most so many torrents online', async () => {
      const { fetcher } = use()
      const torrents = [1, 2, 3, 4].map((n) => room.add(n))
      for (const torrent of torrents) torrent.hasPeers = false
      fetcher.start()
      await room.step()
      expect(torrents.filter(({ isOnline }) => isOnline)).to.have.length(2)
      // The newest first.
      expect(torrents[3]?.isOnline && torrents[2]?.isOnline).to.be.true
    })

    it('is off with 0', async () => {
      const { fetcher, engine } = use({ probeTorrents: 0 })
      room.add(1)
      fetcher.start()
      fetcher.torrentChanged(hashOf(1))
      await room.step()
      expect(engine.opened).to.deep.equal([])
    })

    it('takes no more of a private torrent than its share', async () => {
      // Four of forty pieces are ten percent.
      const { fetcher } = use({ privatePercent: 10 })
      const exact = room.add(1, { isPrivate: true })
      fetcher.start()
      await room.step()
      expect(exact.stats().storedBytes).to.equal(4 * MIB)
      await room.close()
      const poor = use({ privatePercent: 5 })
      const torrent = poor.add(1, { isPrivate: true })
      poor.fetcher.start()
      await poor.step()
      expect(torrent.stats().storedBytes).to.equal(2 * MIB)
      expect(poor.pins.of('ends')[0]).to.deep.include({ isComplete: true })
      await poor.close()
      const none = use({ privatePercent: 4 })
      const untouched = none.add(1, { isPrivate: true })
      none.fetcher.start()
      await none.step()
      expect([untouched.wakes, none.pins.of('ends')[0]?.pieces]).to.deep.equal([0, []])
    })

    it('fills half of the cache and no more with what was there, the newest first', async () => {
      const { fetcher, engine, pins } = use({ probeTorrents: 1 })
      engine.cacheStats = { ...engine.cacheStats, capBytes: 16 * MIB }
      const torrents = [1, 2, 3, 4].map((n) => room.add(n))
      fetcher.start()
      for (let i = 0; i < 5; i++) await room.step()
      expect(torrents.map((torrent) => torrent.wakes)).to.deep.equal([0, 0, 1, 1])
      expect(pins.of('ends')).to.have.length(2)
    })

    it('lets the longest kept go for a torrent that just came, once', async () => {
      const { fetcher, engine, pins } = use({ probeTorrents: 1 })
      engine.cacheStats = { ...engine.cacheStats, capBytes: 16 * MIB }
      for (const n of [1, 2]) room.add(n)
      fetcher.start()
      for (let i = 0; i < 3; i++) await room.step()
      const added = room.add(3)
      fetcher.torrentChanged(hashOf(3))
      for (let i = 0; i < 3; i++) await room.step()
      expect([...engine.pinned.keys()]).to.deep.equal([hashOf(1), hashOf(3)])
      expect(pins.of('ends').map(({ pieces }) => pieces.length)).to.deep.equal([0, 2, 2])
      expect(added.wakes).to.equal(1)
      expect(room.torrents.get(hashOf(2))?.wakes).to.equal(1)
    })

    it('gives up on a torrent that nobody sends, and tries again after gaps that grow', async () => {
      const { fetcher, pins } = use()
      const torrent = room.add(1)
      torrent.hasPeers = false
      fetcher.start()
      await room.step()
      expect(torrent.wakes).to.equal(1)
      await room.step(PATIENCE_MS)
      expect(torrent.isOnline).to.be.false
      await room.step(10 * 60_000 - 1)
      expect(torrent.wakes).to.equal(1)
      await room.step(1)
      expect(torrent.wakes).to.equal(2)
      await room.step(PATIENCE_MS)
      await room.step(19 * 60_000)
      expect(torrent.wakes).to.equal(2)
      torrent.hasPeers = true
      await room.step(60_000)
      expect([torrent.wakes, pins.of('ends')[0]?.isComplete]).to.deep.equal([3, true])
    })

    it('wants nothing while a reader waits, nor in the two seconds after', async () => {
      const { fetcher, pressure } = use()
      const torrent = room.add(1)
      torrent.hasPeers = false
      fetcher.start()
      await room.step()
      expect(torrent.wanted).to.not.be.empty
      pressure.set(true)
      expect(torrent.wanted).to.be.empty
      const later = room.add(2)
      fetcher.torrentChanged(hashOf(2))
      await room.step(10 * PATIENCE_MS)
      expect([torrent.isOnline, later.wakes]).to.deep.equal([true, 0])
      pressure.set(false)
      pressure.set(true)
      pressure.set(false)
      await room.step(1999)
      expect(torrent.wanted).to.be.empty
      await room.step(1)
      expect(torrent.wanted).to.not.be.empty
    })

    it('says its pins again after a restart, and goes on with what is not there', async () => {
      const { fetcher, engine, pins } = use()
      room.add(1)
      fetcher.start()
      await room.step()
      await fetcher.close()
      engine.pinned.clear()
      const added = room.add(2)
      room.fetcher = room.make()
      await room.fetcher.load()
      room.fetcher.start()
      expect(engine.pinned.get(hashOf(1))).to.deep.equal(FILM_ENDS)
      await room.step()
      expect([added.wakes, room.torrents.get(hashOf(1))?.wakes]).to.deep.equal([1, 1])
      expect(pins.of('ends')).to.have.length(2)
    })

    it('goes on after a restart with what was begun, and with what the cache lost', async () => {
      const { fetcher, pins } = use()
      const [begun, lost] = [room.add(1), room.add(2)]
      begun.hasPeers = false
      fetcher.start()
      for (let i = 0; i < 3; i++) await room.step()
      expect(pins.of('ends').map(({ isComplete }) => isComplete)).to.have.members([true, false])
      await fetcher.close()
      begun.hasPeers = true
      for (let piece = 0; piece < 40; piece++) lost.evict(piece)
      room.fetcher = room.make()
      await room.fetcher.load()
      room.fetcher.start()
      await room.step()
      for (const torrent of [begun, lost]) expect(torrent.stats().storedBytes).to.equal(4 * MIB)
      for (const pin of pins.of('ends')) expect(pin).to.deep.include({ pieces: FILM_ENDS, isComplete: true })
    })

    it('goes on when the library cannot be read for a while', async () => {
      const logged: unknown[] = []
      const warn: Logger['warn'] = (_, fields) => logged.push(fields?.err)
      const { fetcher, pins } = use({ logger: { ...silentLogger, warn } })
      const torrent = room.add(1)
      const ioError = new Error('disk I/O error')
      const { filesToProbe } = pins
      pins.filesToProbe = () => {
        throw ioError
      }
      fetcher.start()
      await room.step()
      expect([logged, torrent.wakes]).to.deep.equal([[ioError], 0])
      pins.filesToProbe = filesToProbe
      await room.step(60_000)
      expect([logged.length, torrent.wakes]).to.deep.equal([1, 1])
    })

    it('leaves what left the library', async () => {
      const { fetcher } = use()
      const torrent = room.add(1)
      torrent.hasPeers = false
      fetcher.start()
      await room.step()
      room.remove(1)
      fetcher.torrentChanged(hashOf(1))
      await room.step()
      expect(torrent.isOnline).to.be.false
      await room.step(24 * 3_600_000)
      expect(torrent.wakes).to.equal(1)
    })
  })

  describe('offline', () => {
    it('fetches the whole file at the lowest priority and pins it', async () => {
      const { fetcher, engine, pins } = use({ probeTorrents: 0 })
      const torrent = room.add(1)
      fetcher.start()
      fetcher.fetchWhole(keyOf(1))
      fetcher.fetchWhole(keyOf(1))
      await room.step()
      expect(torrent.stats().storedBytes).to.equal(40 * MIB)
      expect([...torrent.priorities]).to.deep.equal(['idle'])
      expect(engine.pinned.get(hashOf(1))).to.deep.equal([{ first: 0, end: 40 }])
      expect(pins.of('whole')[0]).to.deep.include({ isComplete: true })
      fetcher.releaseWhole(keyOf(1))
      fetcher.releaseWhole(keyOf(1))
      expect([engine.pinned.size, pins.pins().length]).to.deep.equal([0, 0])
    })

    it('keeps the ends pinned of a file that is released', async () => {
      const { fetcher, engine } = use()
      room.add(1)
      fetcher.start()
      fetcher.fetchWhole(keyOf(1))
      for (let i = 0; i < 3; i++) await room.step()
      fetcher.releaseWhole(keyOf(1))
      expect(engine.pinned.get(hashOf(1))).to.deep.equal(FILM_ENDS)
    })

    it('goes on after a restart', async () => {
      const { fetcher, pins, engine } = use({ probeTorrents: 0 })
      const torrent = room.add(1)
      torrent.hasPeers = false
      fetcher.start()
      fetcher.fetchWhole(keyOf(1))
      await room.step()
      torrent.arrive(3, 4)
      await fetcher.close()
      expect(pins.of('whole')[0]).to.deep.include({ isComplete: false })
      torrent.hasPeers = true
      room.fetcher = room.make()
      await room.fetcher.load()
      room.fetcher.start()
      expect(engine.pinned.get(hashOf(1))).to.deep.equal([{ first: 0, end: 40 }])
      await room.step()
      expect(pins.of('whole')[0]).to.deep.include({ isComplete: true })
    })

    it('fails with storage_full for what does not fit beside the rest, and takes the place of ends', async () => {
      const { fetcher, engine, pins } = use()
      engine.cacheStats = { ...engine.cacheStats, capBytes: 108 * MIB }
      for (const n of [1, 2]) room.add(n)
      fetcher.start()
      for (let i = 0; i < 3; i++) await room.step()
      expect(pins.of('ends').filter(({ pieces }) => pieces.length > 0)).to.have.length(2)
      // 64 MiB are for reading: 44 remain, of which the film takes 40.
      fetcher.fetchWhole(keyOf(1))
      expect(pins.of('ends').filter(({ pieces }) => pieces.length > 0)).to.have.length(1)
      expect(
        isAppError(
          failureOf(() => fetcher.fetchWhole(keyOf(2))),
          'storage_full',
        ),
      ).to.be.true
      expect(
        isAppError(
          failureOf(() => fetcher.fetchWhole(keyOf(9))),
          'not_found',
        ),
      ).to.be.true
      await room.step()
    })

    it('ends with its release', async () => {
      const { fetcher } = use({ probeTorrents: 0 })
      const torrent = room.add(1)
      torrent.hasPeers = false
      fetcher.fetchWhole(keyOf(1))
      await room.step()
      expect(torrent.isOnline).to.be.true
      fetcher.releaseWhole(keyOf(1))
      await room.step()
      expect([torrent.isOnline, torrent.owners]).to.deep.equal([false, 0])
    })
  })

  it('warms head, tail and index once, and pins nothing', async () => {
    const { fetcher, engine, pins } = use({ probeTorrents: 0 })
    const torrent = room.add(1)
    fetcher.warm(keyOf(1))
    fetcher.warm(keyOf(1))
    await room.step()
    expect([torrent.stats().storedBytes, torrent.wakes]).to.deep.equal([4 * MIB, 1])
    expect([engine.pinned.size, pins.pins().length]).to.deep.equal([0, 0])
  })

  it('does not try again to warm what nobody sends', async () => {
    const { fetcher } = use({ probeTorrents: 0 })
    const torrent = room.add(1)
    torrent.hasPeers = false
    fetcher.warm(keyOf(1))
    await room.step()
    await room.step(PATIENCE_MS)
    await room.step(24 * 3_600_000)
    expect(torrent.wakes).to.equal(1)
  })
})
