import { expect } from 'chai'
import { formatPeerAddress } from '../../lib/torrent/swarm/peer-address.ts'
import { closedAfterEach } from '../support/closed-after-each.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { hasIpv6 } from '../support/ipv6.ts'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { LossyProxy } from '../support/lossy-proxy.ts'
import { makeContent, makeTorrent } from '../support/make-torrent.ts'
import { until } from '../support/until.ts'
import { hasLibtorrent, Libtorrent } from './libtorrent.ts'
import { Transmission } from './transmission.ts'

const FORCED = { in_enc_policy: 0, out_enc_policy: 0, allowed_enc_level: 2 }
const ENABLED = { in_enc_policy: 1, out_enc_policy: 1, allowed_enc_level: 3 }
const TCP_ONLY = { enable_incoming_utp: false, enable_outgoing_utp: false }
const UTP_ONLY = { enable_incoming_tcp: false, enable_outgoing_tcp: false }

const WAYS = [
  {
    name: 'in the clear',
    engine: 'torrent-stream',
    settings: { ...ENABLED, ...TCP_ONLY },
    way: 'tcp',
    host: '127.0.0.1',
  },
  { name: 'over IPv6', engine: 'torrent-stream', settings: { ...ENABLED, ...TCP_ONLY }, way: 'tcp', host: '::1' },
  { name: 'in the clear', engine: 'wire', settings: { ...ENABLED, ...TCP_ONLY }, way: 'tcp', host: '127.0.0.1' },
  { name: 'over IPv6', engine: 'wire', settings: { ...ENABLED, ...TCP_ONLY }, way: 'tcp', host: '::1' },
  { name: 'encrypted', engine: 'wire', settings: { ...FORCED, ...TCP_ONLY }, way: 'tcp rc4', host: '127.0.0.1' },
  { name: 'encrypted over IPv6', engine: 'wire', settings: { ...FORCED, ...TCP_ONLY }, way: 'tcp rc4', host: '::1' },
  { name: 'over uTP', engine: 'wire', settings: { ...ENABLED, ...UTP_ONLY }, way: 'utp', host: '127.0.0.1' },
  { name: 'over uTP and IPv6', engine: 'wire', settings: { ...ENABLED, ...UTP_ONLY }, way: 'utp', host: '::1' },
  {
    name: 'encrypted over uTP',
    engine: 'wire',
    settings: { ...FORCED, ...UTP_ONLY },
    way: 'utp rc4',
    host: '127.0.0.1',
  },
] as const

describe('the engines with libtorrent', function () {
  this.timeout(300_000)
  const torrent = makeTorrent({ totalBytes: 5_000_001, pieceBytes: 65536 })

  const kept = closedAfterEach()

  before(function () {
    if (!hasLibtorrent) this.skip()
  })

  for (const { name, engine, settings, way, host } of WAYS) {
    const itWithHost = host === '::1' && !hasIpv6 ? it.skip : it

    itWithHost(`${engine} reads from it ${name}`, async () => {
      const client = kept(await Libtorrent.start({ torrent, host, settings }))
      const swarm = kept(await LoopbackSwarm.start({ engine, host }))
      // Nobody listens on the way's port by TCP: it would take the connection and hang up.
      const proxy = way.startsWith('utp')
        ? kept(await LossyProxy.open({ host, targetPort: client.port, lost: 0.01 }))
        : undefined
      swarm.discovery.add(proxy ? formatPeerAddress(host, proxy.port) : client.address)
      const found = await swarm.open(torrent, { magnetUri: torrent.magnetUri })
      expect((await readPieces(found, 0, torrent.layout.pieceCount)).equals(torrent.content)).to.equal(true)
      await until(() => client.ways.includes(way))
    })

    itWithHost(`${engine} serves it ${name}`, async () => {
      const swarm = kept(await LoopbackSwarm.start({ engine, host }))
      const peer = await swarm.addPeer({ torrent })
      const held = await swarm.open(torrent)
      held.resume()
      await readPieces(held, 0, torrent.layout.pieceCount)
      await peer.close()
      const from = { host, port: swarm.engine.port }
      const client = kept(await Libtorrent.start({ torrent, host, settings, from }))
      expect((await client.content()).equals(torrent.content)).to.equal(true)
      // Its settings allow no other way; it may have hung up before it said which it took.
      expect(client.ways.filter((taken) => taken !== way)).to.deep.equal([])
    })
  }
})

describe('the engine `wire` with transmission', function () {
  this.timeout(300_000)
  const kept = closedAfterEach()

  for (const [name, encryption] of [
    ['that prefers no encryption', 0],
    ['that requires encryption', 2],
  ] as const) {
    it(`reads from one ${name}`, async () => {
      const files = makeFilesTorrent('film', [{ path: 'film.mkv', bytes: makeContent(3_000_001) }], 65536, [])
      const client = kept(await Transmission.start({ encryption, 'utp-enabled': true }))
      await client.seed(files)
      const swarm = kept(await LoopbackSwarm.start({ engine: 'wire' }))
      swarm.discovery.add(`127.0.0.1:${client.peerPort}`)
      const torrent = await swarm.open(files)
      torrent.resume()
      // It unchokes at its next round, up to ten seconds later.
      const bytes = await readPieces(torrent, 0, torrent.info.layout.pieceCount, 60_000)
      expect(bytes.equals(makeContent(3_000_001))).to.equal(true)
    })
  }
})
