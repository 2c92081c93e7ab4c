import { createSocket } from 'node:dgram'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { DiscoveryRequest } from '../../lib/torrent/discovery/discovery.ts'
import { SharedDiscovery, type SharedDiscoveryOptions } from '../../lib/torrent/discovery/shared-discovery.ts'
import { closedAfterEach } from '../support/closed-after-each.ts'
import { hurriedClock } from '../support/hurried-clock.ts'
import { LocalDht } from '../support/local-dht.ts'
import { LocalTracker } from '../support/local-tracker.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

const HASH = infoHash('0123456789abcdef0123456789abcdef01234567')
const OTHER = infoHash('89abcdef0123456789abcdef0123456789abcdef')

const canBind = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4').once('error', () => socket.close(() => resolve(false)))
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
  })

describe('SharedDiscovery', () => {
  let directory: string
  const kept = closedAfterEach()

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'discovery-'))
  })

  afterEach(async () => {
    await rm(directory, { recursive: true, force: true })
  })

  const discovery = (options: Partial<SharedDiscoveryOptions> = {}) =>
    kept(
      new SharedDiscovery({
        clock: systemClock,
        logger: silentLogger,
        dht: false,
        dhtStatePath: join(directory, 'dht.json'),
        dhtHost: '127.0.0.1',
        ...options,
      }),
    )

  function request(over: Partial<DiscoveryRequest> = {}): DiscoveryRequest & { readonly peers: string[] } {
    const peers: string[] = []
    return {
      infoHash: HASH,
      trackers: [],
      isPrivate: false,
      port: 7001,
      onPeer: (address) => peers.push(address),
      progress: () => ({ uploaded: 0, downloaded: 5.5, left: 10 }),
      peers,
      ...over,
    }
  }

  for (const kind of ['http', 'udp'] as const) {
    it(`announces to a ${kind} tracker, hears of peers, and says stopped on leaving`, async () => {
      const tracker = kept(await LocalTracker.start(kind))
      const first = request({ trackers: [tracker.url], port: 7001 })
      const second = request({ trackers: [tracker.url], port: 7002 })
      const one = discovery({ userAgent: 'Spec/1' }).join(first)
      await tracker.heard('start')
      const two = discovery()
      two.join(second)
      await until(() => second.peers.includes('127.0.0.1:7001'))
      expect(tracker.announces[0]).to.include({ event: 'start', port: 7001, left: 10 })
      if (kind === 'http') expect(tracker.announces[0]?.userAgent).to.equal('Spec/1')
      one.dispose()
      one.dispose()
      await tracker.heard('stop')
      await two.close()
      await tracker.heard('stop', 2)
    })
  }

  it('comes again when the tracker asked for it, sooner when peers are wanted, and not at all after leaving', async () => {
    const clock = new ManualClock()
    const tracker = kept(await LocalTracker.start('http', { intervalMs: 600_000 }))
    discovery().join(request({ trackers: [tracker.url], port: 7009 }))
    await tracker.heard('start')
    const swarms = discovery({ clock })
    const wanted = request({ trackers: [tracker.url] })
    const swarm = swarms.join(wanted)
    await until(() => wanted.peers.length === 2) // the tracker tells of both, every time
    clock.advance(599_000)
    await new Promise(setImmediate)
    expect(clock.pendingTimers).to.equal(1)
    clock.advance(1000)
    await until(() => wanted.peers.length === 4)
    for (const [turn, gapMs] of [10_000, 20_000, 40_000, 60_000, 60_000].entries()) {
      swarm.wantPeers()
      swarm.wantPeers()
      clock.advance(gapMs - 1000)
      await new Promise(setImmediate)
      expect(clock.pendingTimers).to.equal(1)
      clock.advance(1000)
      await until(() => wanted.peers.length === 6 + 2 * turn)
    }
    const events = tracker.announces.map((announce) => announce.event)
    expect(events).to.deep.equal(['start', 'start', ...Array<string>(6).fill('update')])
    swarm.dispose()
    await swarms.close()
    expect(clock.pendingTimers).to.equal(0)
  })

  it("leaves the trackers that are not the torrent's own, and joins those that are, once they are known", async () => {
    const [own, extra, late] = [
      kept(await LocalTracker.start('http')),
      kept(await LocalTracker.start('http')),
      kept(await LocalTracker.start('http')),
    ]
    const swarm = discovery().join(request({ trackers: [own.url, extra.url] }))
    await Promise.all([own.heard('start'), extra.heard('start')])
    swarm.update({ trackers: [own.url, late.url], isPrivate: true })
    await Promise.all([extra.heard('stop'), late.heard('start')])
    expect(own.announces.map((announce) => announce.event)).to.deep.equal(['start'])
    swarm.dispose()
  })

  it('asks all trackers at once, whatever some of them do', async () => {
    const tracker = kept(await LocalTracker.start('http'))
    const silent = createSocket('udp4')
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve))
    const swarms = discovery({ clock: hurriedClock(10) })
    const trackers = [
      'wss://127.0.0.1/announce',
      'not a url',
      'udp://127.0.0.1/no-port',
      'http://127.0.0.1:1/announce',
      'udp://127.0.0.1:1/announce',
      `udp://127.0.0.1:${silent.address().port}/announce`,
      'http://a..b/announce',
      tracker.url,
    ]
    swarms.join(request({ trackers }))
    await tracker.heard('start')
    await swarms.close()
    silent.close()
  })

  describe('with a DHT', () => {
    let network: LocalDht

    before(async () => {
      network = await LocalDht.start(5)
    })

    after(() => network.close())

    it('finds peers, tells of itself, and is gone from the network once nothing is joined', async () => {
      await network.announce(HASH, 6001)
      const swarms = discovery({ dht: true, dhtBootstrap: network.bootstrap })
      expect(swarms.dhtPort).to.equal(0)
      const wanted = request({ port: 7003 })
      const swarm = swarms.join(wanted)
      await until(() => wanted.peers.includes('127.0.0.1:6001'))
      const { dhtPort } = swarms
      expect(dhtPort).to.be.greaterThan(0)
      await until(async () => (await network.peers(HASH)).includes(7003))
      swarm.dispose()
      await until(() => canBind(dhtPort))
      expect(swarms.dhtPort).to.equal(0)
    })

    it('shares one node over torrents and never shows it a private one', async () => {
      await network.announce(OTHER, 6002)
      const swarms = discovery({ dht: true, dhtBootstrap: network.bootstrap })
      const secret = request({ infoHash: OTHER, isPrivate: true })
      const swarm = swarms.join(secret)
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(swarms.dhtPort).to.equal(0)
      const wanted = request()
      swarms.join(wanted)
      await until(() => wanted.peers.length > 0)
      const { dhtPort } = swarms
      const open = request({ infoHash: OTHER })
      swarms.join(open)
      await until(() => open.peers.includes('127.0.0.1:6002'))
      expect(swarms.dhtPort).to.equal(dhtPort)
      expect(secret.peers).to.deep.equal([])
      swarm.dispose()
    })

    it('leaves the DHT at once when a torrent turns out to be private', async () => {
      const swarms = discovery({ dht: true, dhtBootstrap: network.bootstrap })
      const swarm = swarms.join(request())
      await until(() => swarms.dhtPort > 0)
      swarm.update({ trackers: [], isPrivate: true })
      await until(() => swarms.dhtPort === 0)
      swarm.dispose()
    })

    it('begins from the table it kept, and from nothing when that is damaged', async () => {
      const first = discovery({ dht: true, dhtBootstrap: network.bootstrap })
      const wanted = request()
      first.join(wanted)
      await until(() => wanted.peers.length > 0)
      await first.close()
      const path = join(directory, 'dht.json')
      const kept = JSON.parse(await readFile(path, 'utf8')) as { nodes: { port: number }[] }
      expect(kept.nodes.length).to.be.greaterThan(0)
      expect(network.ports).to.include.members(kept.nodes.map((node) => node.port))

      const second = discovery({ dht: true, dhtBootstrap: [] })
      const again = request()
      second.join(again)
      await until(() => again.peers.length > 0)
      await second.close()

      await writeFile(path, '{"id": 5')
      const third = discovery({ dht: true, dhtBootstrap: network.bootstrap })
      const anew = request()
      third.join(anew)
      await until(() => anew.peers.length > 0)
    })

    it('takes another port when its own is in use', async () => {
      const taken = network.ports[0]!
      const swarms = discovery({ dht: true, dhtBootstrap: network.bootstrap, dhtPort: taken })
      swarms.join(request())
      await until(() => swarms.dhtPort > 0)
      expect(swarms.dhtPort).not.to.equal(taken)
    })
  })
})
