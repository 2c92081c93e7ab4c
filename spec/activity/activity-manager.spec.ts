import { expect } from 'chai'
import { ActivityManager, type ActivityOptions } from '../../lib/activity/activity-manager.ts'
import type { Clock } from '../../lib/domain/clock.ts'
import { AppError, isAppError } from '../../lib/domain/errors.ts'
import { type InfoHash, infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { failureOf } from '../support/failure-of.ts'
import { FakeEngine, FakeTorrent } from '../support/fake-torrent.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryCatalog } from '../support/memory-catalog.ts'
import { RecordedMetrics } from '../support/recorded-metrics.ts'

const IDLE_MS = 300_000
const hashOf = (n: number): InfoHash => infoHash(n.toString(16).padStart(40, '0'))
const [A, B, C] = [hashOf(1), hashOf(2), hashOf(3)]
const never = new AbortController().signal
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
function setup(hashes: readonly InfoHash[] = [A, B, C], more: Partial<ActivityOptions> = {}) {
  const made = new Map<InfoHash, FakeTorrent[]>()
  const engine = new FakeEngine(({ infoHash: hash }) => {
    const torrent = new FakeTorrent({ content: new Uint8Array(100), pieceBytes: 50, infoHash: hash })
    made.set(hash, [...(made.get(hash) ?? []), torrent])
    return torrent
  })
  const catalog = new MemoryCatalog(hashes)
  const clock = new ManualClock()
  const metrics = new RecordedMetrics()
  const manager = new ActivityManager({
    engine,
    catalog,
    clock,
    metrics,
    logger: silentLogger,
    idleTimeoutMs: IDLE_MS,
    startPaused: true,
    ...more,
  })
  /** The newest torrent object of a hash. */
  const torrent = (hash: InfoHash): FakeTorrent => made.get(hash)?.at(-1) ?? expect.fail('never opened')
  return { engine, catalog, clock, metrics, manager, torrent }
}

/** A gate for the engine's openings. */
function gateOf(engine: FakeEngine): () => void {
  let open = () => {}
  engine.gate = new Promise((resolve) => {
    open = resolve
  })
  return () => open()
}

describe('ActivityManager', () => {
  let room: ReturnType<typeof setup>
  const use = (...given: Parameters<typeof setup>): typeof room => {
    room = setup(...given)
    return room
  }
  afterEach(async () => {
    await room.manager.close()
    expect((room.clock as ManualClock).pendingTimers).to.equal(0)
  })

  it('wakes a torrent for a lease and takes it off the network when its idle time is over', async () => {
    const { manager, clock, torrent, metrics, engine } = use()
    manager.start()
    expect(engine.opened).to.deep.equal([])
    const lease = await manager.lease(A, never)
    expect(lease.torrent).to.equal(torrent(A))
    expect(torrent(A).isOnline).to.be.true
    expect(manager.state(A)).to.equal('active')
    clock.advance(10 * IDLE_MS)
    expect(torrent(A).isOnline).to.be.true
    lease.release()
    lease.release()
    clock.advance(IDLE_MS - 1)
    expect(torrent(A).isOnline).to.be.true
    clock.advance(1)
    expect(torrent(A).isOnline).to.be.false
    expect(manager.state(A)).to.equal('idle')
    expect(clock.pendingTimers).to.equal(0)
    expect(metrics.count('torrent_wakes_total')).to.equal(1)
  })

  it('stays active until the last of several leases, and until the idle time after it', async () => {
    const { manager, clock, torrent } = use()
    const [one, two] = await Promise.all([manager.lease(A, never), manager.lease(A, never)])
    one.release()
    clock.advance(2 * IDLE_MS)
    expect(torrent(A).isOnline).to.be.true
    two.release()
    clock.advance(IDLE_MS - 1)
    const three = await manager.lease(A, never)
    clock.advance(IDLE_MS)
    expect(torrent(A).isOnline).to.be.true
    three.release()
    clock.advance(IDLE_MS)
    expect(torrent(A).isOnline).to.be.false
  })

  it('resumes an idle torrent that is still open without opening it again', async () => {
    const { manager, clock, engine, metrics } = use()
    ;(await manager.lease(A, never)).release()
    clock.advance(IDLE_MS)
    const lease = await manager.lease(A, never)
    expect((lease.torrent as FakeTorrent).isOnline).to.be.true
    expect(engine.opened).to.deep.equal([A])
    expect(metrics.count('torrent_wakes_total')).to.equal(2)
    expect(metrics.observed('torrent_wake_seconds')).to.have.length(2)
    lease.release()
  })

  it('shares one opening among concurrent leases, and counts one wake', async () => {
    const { manager, engine, metrics } = use()
    const open = gateOf(engine)
    const leasing = Promise.all(Array.from({ length: 8 }, () => manager.lease(A, never)))
    await settle()
    open()
    const leases = await leasing
    expect(engine.opened).to.deep.equal([A])
    expect(metrics.count('torrent_wakes_total')).to.equal(1)
    for (const lease of leases) lease.release()
    expect(manager.counts()).to.deep.equal({ active: 1, idle: 0, paused: 0, error: 0 })
  })

  it('ends an opening when nobody waits for it any more, and not before', async () => {
    const { manager, engine } = use()
    const open = gateOf(engine)
    const [first, second] = [new AbortController(), new AbortController()]
    const left = [failureOf(manager.lease(A, first.signal)), failureOf(manager.lease(A, second.signal))]
    await settle()
    first.abort(new Error('first left'))
    expect(await left[0]).to.equal(first.signal.reason)
    expect(engine.opening).to.equal(1)
    second.abort(new Error('second left'))
    expect(await left[1]).to.equal(second.signal.reason)
    await settle()
    expect(engine.opening).to.equal(0)
    expect(manager.state(A)).to.not.equal('active')
    expect(manager.state(A)).to.not.equal('error')
    open()
    ;(await manager.lease(A, never)).release()
  })

  it('does not take a torrent off the network between its opening and its lease', async () => {
    const { manager, engine } = use()
    const online = new FakeTorrent({ content: new Uint8Array(1), pieceBytes: 1, infoHash: A })
    online.resume()
    let pauses = 0
    online.pause = () => {
      pauses++
    }
    engine.open = async () => online
    const gone = new AbortController()
    const left = failureOf(manager.lease(A, gone.signal))
    const leasing = manager.lease(A, never)
    gone.abort(new Error('left'))
    await left
    const lease = await leasing
    expect(pauses).to.equal(0)
    lease.release()
  })

  it('fails with not_found for a torrent the library does not hold', async () => {
    const { manager } = use()
    expect(isAppError(await failureOf(manager.lease(hashOf(9), never)), 'not_found')).to.be.true
    expect(isAppError(await failureOf(manager.pause(hashOf(9))), 'not_found')).to.be.true
    expect(isAppError(await failureOf(manager.unpause(hashOf(9))), 'not_found')).to.be.true
  })

  it('keeps the reason of a failed opening and tries again at the next lease', async () => {
    const { manager, engine } = use()
    manager.start()
    engine.failure = new AppError('invalid', 'not a torrent')
    expect(isAppError(await failureOf(manager.lease(A, never)), 'invalid')).to.be.true
    expect(manager.state(A)).to.equal('error')
    expect(manager.failure(A)?.message).to.equal('not a torrent')
    expect(manager.counts()).to.deep.equal({ active: 0, idle: 2, paused: 0, error: 1 })
    engine.failure = undefined
    const lease = await manager.lease(A, never)
    expect([manager.state(A), manager.failure(A)]).to.deep.equal(['active', undefined])
    lease.release()
  })

  describe('a person’s pause', () => {
    it('wins over leases, present and waiting and to come', async () => {
      const { manager, engine, torrent, catalog } = use()
      const lease = await manager.lease(A, never)
      await manager.pause(A)
      expect(torrent(A).isOnline).to.be.false
      expect(isAppError(lease.ended.reason, 'unavailable')).to.be.true
      expect(isAppError(await failureOf(manager.lease(A, never)), 'unavailable')).to.be.true
      lease.release()
      const open = gateOf(engine)
      const waiting = failureOf(manager.lease(B, never))
      await settle()
      await manager.pause(B)
      expect(isAppError(await waiting, 'unavailable')).to.be.true
      open()
      expect(manager.counts()).to.deep.include({ paused: 2, active: 0 })
      expect([...catalog.paused]).to.deep.equal([A, B])
    })

    it('holds over a restart until unpaused, whatever START_PAUSED says', async () => {
      const { manager, catalog, engine } = use([A, B], { startPaused: false })
      catalog.paused.add(A)
      manager.start()
      await settle()
      expect(engine.opened).to.deep.equal([B])
      expect([manager.state(A), manager.state(B)]).to.deep.equal(['paused', 'active'])
      await manager.unpause(A)
      await settle()
      expect(manager.state(A)).to.equal('active')
      expect(catalog.paused.size).to.equal(0)
    })

    it('gives leases again after unpause, and old ones do not disturb', async () => {
      const { manager, clock, torrent } = use()
      const old = await manager.lease(A, never)
      await manager.pause(A)
      await manager.unpause(A)
      expect(manager.state(A)).to.equal('idle')
      const lease = await manager.lease(A, never)
      old.release()
      clock.advance(2 * IDLE_MS)
      expect(torrent(A).isOnline).to.be.true
      expect(lease.ended.aborted).to.be.false
      lease.release()
      clock.advance(IDLE_MS)
      expect(torrent(A).isOnline).to.be.false
    })
  })

  describe('START_PAUSED=false', () => {
    it('wakes all, a few at a time, and lets them go idle', async () => {
      const hashes = Array.from({ length: 30 }, (_, i) => hashOf(i + 1))
      const { manager, engine, clock } = use(hashes, { startPaused: false })
      manager.start()
      await settle()
      await settle()
      expect(engine.opened).to.have.length(30)
      expect(engine.mostOpening).to.be.at.most(4)
      expect(manager.counts().active).to.equal(30)
      clock.advance(IDLE_MS)
      expect(manager.counts()).to.deep.equal({ active: 0, idle: 30, paused: 0, error: 0 })
    })

    it('is not held up for ever by torrents that do not open', async () => {
      const hashes = Array.from({ length: 6 }, (_, i) => hashOf(i + 1))
      const { manager, engine, clock } = use(hashes, { startPaused: false })
      gateOf(engine)
      manager.start()
      await settle()
      expect(engine.opened).to.have.length(4)
      clock.advance(60_000)
      await settle()
      expect(engine.opened).to.have.length(6)
      expect(manager.counts()).to.deep.include({ error: 4, active: 0 })
      expect(manager.failure(hashOf(1))?.code).to.equal('timeout')
    })
  })

  describe('added and removed', () => {
    it('takes a torrent off the network that is online since its metadata came', async () => {
      const { manager, engine, catalog } = use([])
      catalog.held.add(A)
      const torrent = await engine.open({ infoHash: A }, never)
      torrent.resume()
      manager.added(A)
      manager.added(A)
      expect(torrent.isOnline).to.be.false
      expect(manager.counts().idle).to.equal(1)
      const lease = await manager.lease(A, never)
      expect(lease.torrent).to.equal(torrent)
      expect(engine.opened).to.have.length(1)
      lease.release()
    })

    it('keeps it online with START_PAUSED=false, for the idle time', async () => {
      const { manager, engine, catalog, clock } = use([], { startPaused: false })
      catalog.held.add(A)
      const torrent = await engine.open({ infoHash: A }, never)
      torrent.resume()
      manager.added(A)
      await settle()
      expect([torrent.isOnline, manager.state(A)]).to.deep.equal([true, 'active'])
      clock.advance(IDLE_MS)
      expect(torrent.isOnline).to.be.false
    })

    it('keeps what was just added online for a while, and off the network from then on', async () => {
      const { manager, engine, catalog, clock } = use([], { addedOnlineMs: 60_000 })
      catalog.held.add(A)
      const torrent = await engine.open({ infoHash: A }, never)
      torrent.resume()
      manager.added(A)
      await settle()
      expect([torrent.isOnline, manager.state(A)]).to.deep.equal([true, 'active'])
      // What nobody watches, as a probe is, does not end it before its time.
      ;(await manager.lease(A, never)).rest()
      clock.advance(59_999)
      expect(torrent.isOnline).to.be.true
      clock.advance(1)
      expect([torrent.isOnline, manager.state(A)]).to.deep.equal([false, 'idle'])
    })

    it('wakes what was just added, and leaves it to who reads it', async () => {
      const { manager, catalog, clock, torrent } = use([], { addedOnlineMs: 60_000 })
      catalog.held.add(A)
      manager.added(A)
      await settle()
      expect(torrent(A).isOnline).to.be.true
      const lease = await manager.lease(A, never)
      clock.advance(60_000)
      expect(torrent(A).isOnline).to.be.true
      lease.release()
      clock.advance(IDLE_MS)
      expect(torrent(A).isOnline).to.be.false
    })

    it('wakes a few of many that are added, and more when their time is over', async () => {
      const { manager, engine, catalog, clock } = use([], { addedOnlineMs: 60_000 })
      const hashes = Array.from({ length: 20 }, (_, n) => hashOf(n + 1))
      for (const hash of hashes) {
        catalog.held.add(hash)
        manager.added(hash)
        await settle()
      }
      expect(engine.opened).to.deep.equal(hashes.slice(0, 4))
      clock.advance(60_000)
      catalog.held.add(hashOf(21))
      manager.added(hashOf(21))
      await settle()
      expect(manager.counts()).to.deep.equal({ active: 1, idle: 20, paused: 0, error: 0 })
    })

    it('is off the network at once when a person pauses what was just added, or removes it', async () => {
      const { manager, catalog, torrent } = use([], { addedOnlineMs: 60_000 })
      for (const hash of [A, B]) {
        catalog.held.add(hash)
        manager.added(hash)
      }
      await settle()
      await manager.pause(A)
      await manager.remove(B, false)
      expect([torrent(A).isOnline, torrent(B).isOnline]).to.deep.equal([false, false])
      expect(manager.state(A)).to.equal('paused')
    })

    it('ends leases and openings on remove, and tells the engine', async () => {
      const { manager, engine, catalog } = use()
      manager.start()
      const lease = await manager.lease(A, never)
      gateOf(engine)
      const waiting = failureOf(manager.lease(B, never))
      await settle()
      catalog.held.clear()
      await Promise.all([manager.remove(A, true), manager.remove(B, false), manager.remove(hashOf(9), false)])
      expect(isAppError(lease.ended.reason, 'unavailable')).to.be.true
      expect(isAppError(await waiting, 'unavailable')).to.be.true
      expect(engine.removed).to.have.deep.members([
        { infoHash: A, deleteData: true },
        { infoHash: B, deleteData: false },
        { infoHash: hashOf(9), deleteData: false },
      ])
      lease.release()
      expect(manager.counts()).to.deep.equal({ active: 0, idle: 1, paused: 0, error: 0 })
      expect(isAppError(await failureOf(manager.lease(A, never)), 'not_found')).to.be.true
    })

    it('opens a torrent anew only after its removal ended', async () => {
      const { manager, engine, torrent } = use()
      ;(await manager.lease(A, never)).release()
      let finish = () => {}
      const remove = engine.remove.bind(engine)
      engine.remove = async (hash, deleteData) => {
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        await remove(hash, deleteData)
      }
      const removing = manager.remove(A, true)
      manager.added(A)
      const leasing = manager.lease(A, never)
      await settle()
      expect(engine.opened).to.have.length(1)
      finish()
      await removing
      const lease = await leasing
      expect((lease.torrent as FakeTorrent).isClosed).to.be.false
      expect(lease.torrent).to.equal(torrent(A))
      lease.release()
    })
  })

  it('drops the longest idle torrents from memory, and opens them again when leased', async () => {
    const { manager, engine, clock, torrent } = use([A, B, C], { maxIdleOpen: 2 })
    for (const hash of [A, B, C]) {
      ;(await manager.lease(hash, never)).release()
      clock.advance(IDLE_MS)
    }
    await settle()
    expect(engine.removed).to.deep.equal([{ infoHash: A, deleteData: false }])
    const first = torrent(A)
    const lease = await manager.lease(A, never)
    expect(lease.torrent).not.to.equal(first)
    expect((lease.torrent as FakeTorrent).isOnline).to.be.true
    lease.release()
  })

  it('marks one of 10,000 torrents active by one timer and no look at the others (finding 5)', async () => {
    const count = async (torrents: number) => {
      const own = setup(Array.from({ length: torrents }, (_, i) => hashOf(i + 1)))
      own.manager.start()
      let arms = 0
      const { clock } = own
      const timer: Clock['timer'] = clock.timer.bind(clock)
      clock.timer = (fire) => {
        const made = timer(fire)
        const arm = made.arm
        made.arm = (delayMs) => {
          arms++
          arm(delayMs)
        }
        return made
      }
      const reads = own.catalog.sourceReads
      for (let i = 0; i < 10; i++) (await own.manager.lease(hashOf(7), never)).release()
      const seen = {
        arms,
        pending: clock.pendingTimers,
        opened: own.engine.opened.length,
        reads: own.catalog.sourceReads - reads,
      }
      clock.advance(IDLE_MS)
      expect(clock.pendingTimers).to.equal(0)
      await own.manager.close()
      return seen
    }
    use()
    expect(await count(10_000)).to.deep.equal(await count(10))
    expect(await count(10)).to.deep.equal({ arms: 10, pending: 1, opened: 1, reads: 1 })
  })

  describe('hold', () => {
    it('opens an idle torrent and leaves it off the network until wake', async () => {
      const { manager, torrent, metrics, clock } = use()
      const lease = await manager.hold(A, never)
      expect([torrent(A).isOnline, manager.state(A), metrics.count('torrent_wakes_total')]).to.deep.equal([
        false,
        'idle',
        0,
      ])
      lease.wake()
      lease.wake()
      expect([torrent(A).isOnline, manager.state(A), metrics.count('torrent_wakes_total')]).to.deep.equal([
        true,
        'active',
        1,
      ])
      lease.release()
      lease.wake()
      clock.advance(IDLE_MS)
      expect([torrent(A).isOnline, manager.state(A)]).to.deep.equal([false, 'idle'])
    })

    it('keeps no torrent online that others woke, and its torrent open when they leave', async () => {
      const { manager, torrent, clock, engine } = use([A, B, C], { maxIdleOpen: 0 })
      const [viewer, scanner] = [await manager.lease(A, never), await manager.hold(A, never)]
      viewer.release()
      clock.advance(IDLE_MS)
      expect([torrent(A).isOnline, manager.state(A), scanner.ended.aborted]).to.deep.equal([false, 'idle', false])
      expect(engine.removed).to.deep.equal([])
      scanner.wake()
      expect(torrent(A).isOnline).to.be.true
      scanner.release()
      clock.advance(IDLE_MS)
      await settle()
      expect(engine.removed).to.deep.equal([{ infoHash: A, deleteData: false }])
    })

    it('ends with a person’s pause like any lease', async () => {
      const { manager, torrent } = use()
      const lease = await manager.hold(A, never)
      await manager.pause(A)
      expect(isAppError(lease.ended.reason, 'unavailable')).to.be.true
      lease.wake()
      expect(torrent(A).isOnline).to.be.false
      lease.release()
      expect(isAppError(await failureOf(manager.hold(A, never)), 'unavailable')).to.be.true
    })

    it('of a torrent whose metadata came from the swarm lets it go idle', async () => {
      const { manager, engine, torrent, clock } = use()
      const open = engine.open.bind(engine)
      engine.open = async (source, signal) => {
        const opened = await open(source, signal)
        opened.resume()
        return opened
      }
      ;(await manager.hold(A, never)).release()
      expect(manager.state(A)).to.equal('active')
      clock.advance(IDLE_MS)
      expect(torrent(A).isOnline).to.be.false
    })
  })

  it('leaves the network at once with rest, but for the idle time of a viewer', async () => {
    const { manager, torrent, clock } = use()
    const work = await manager.lease(A, never)
    work.rest()
    expect([torrent(A).isOnline, manager.state(A), clock.pendingTimers]).to.deep.equal([false, 'idle', 0])
    const [viewer, second] = [await manager.lease(A, never), await manager.lease(A, never)]
    viewer.release()
    clock.advance(IDLE_MS / 2)
    second.rest()
    expect(torrent(A).isOnline).to.be.true
    clock.advance(IDLE_MS / 2 - 1)
    expect(torrent(A).isOnline).to.be.true
    clock.advance(1)
    expect(torrent(A).isOnline).to.be.false
  })

  it('shows its counts as gauges', async () => {
    const { manager, metrics, catalog } = use()
    catalog.paused.add(B)
    manager.start()
    const lease = await manager.lease(A, never)
    const gauges = (['torrents_active', 'torrents_idle', 'torrents_paused'] as const).map((name) => metrics.read(name))
    expect(gauges).to.deep.equal([1, 1, 1])
    lease.release()
  })

  it('ends everything on close: leases, openings, timers; refuses what comes after', async () => {
    const { manager, engine, clock } = use()
    const lease = await manager.lease(A, never)
    ;(await manager.lease(B, never)).release()
    gateOf(engine)
    const waiting = failureOf(manager.lease(C, never))
    await settle()
    await Promise.all([manager.close(), manager.close()])
    expect(isAppError(await waiting, 'unavailable')).to.be.true
    expect(isAppError(lease.ended.reason, 'unavailable')).to.be.true
    lease.release()
    expect(clock.pendingTimers).to.equal(0)
    expect(isAppError(await failureOf(manager.lease(A, never)), 'unavailable')).to.be.true
  })
})
