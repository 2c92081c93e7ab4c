import { expect } from 'chai'
import { closedAfterEach } from '../support/closed-after-each.ts'
import { hurriedClock } from '../support/hurried-clock.ts'
import { hasIpv6 } from '../support/ipv6.ts'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { LossyProxy } from '../support/lossy-proxy.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { until } from '../support/until.ts'

const torrent = makeTorrent({ totalBytes: 700_001, pieceBytes: 65536 })
const all = torrent.layout.pieceCount
const ENGINES = ['torrent-stream', 'wire'] as const
const itWithIpv6 = hasIpv6 ? it : it.skip

/** An engine that has everything and is online. */
async function seeding(options: Parameters<typeof LoopbackSwarm.start>[0]): Promise<LoopbackSwarm> {
  const swarm = await LoopbackSwarm.start(options)
  const peer = await swarm.addPeer({ torrent })
  const opened = await swarm.open(torrent)
  opened.resume()
  await readPieces(opened, 0, all)
  await peer.close()
  return swarm
}

describe('both families and both engines', () => {
  const kept = closedAfterEach()

  for (const from of ENGINES) {
    for (const to of ENGINES) {
      for (const host of ['127.0.0.1', '::1']) {
        const itWithHost = host === '::1' ? itWithIpv6 : it
        itWithHost(`${to} reads from ${from} at ${host}`, async () => {
          const seed = kept(await seeding({ engine: from, host }))
          const leech = kept(await LoopbackSwarm.start({ engine: to, host }))
          const address = host === '::1' ? `[::1]:${seed.engine.port}` : `${host}:${seed.engine.port}`
          const opened = await leech.open(torrent, {
            magnetUri: `${torrent.magnetUri}&x.pe=${encodeURIComponent(address)}`,
          })
          expect((await readPieces(opened, 0, all)).equals(torrent.content)).to.equal(true)
          expect(leech.discovery.wanted).to.equal(0)
        })
      }
    }

    itWithIpv6(`${from} takes both families on one port when it has no host in particular`, async () => {
      const seed = kept(await seeding({ engine: from, host: '::' }))
      for (const address of ['127.0.0.1', '[::1]']) {
        const leech = kept(await LoopbackSwarm.start({ engine: from }))
        leech.discovery.add(`${address}:${seed.engine.port}`)
        const opened = await leech.open(torrent)
        opened.resume()
        expect((await readPieces(opened, 0, 2)).equals(torrent.content.subarray(0, 131072))).to.equal(true)
      }
    })
  }

  itWithIpv6('finds a peer of IPv6 through another peer', async () => {
    const seed = kept(await seeding({ engine: 'wire', host: '::1' }))
    // Tells whom it dialled to who asks it, every ten seconds.
    const middle = kept(await LoopbackSwarm.start({ engine: 'wire', host: '::', clock: hurriedClock(10) }))
    middle.discovery.add(`[::1]:${seed.engine.port}`)
    const between = await middle.open(torrent)
    between.resume()
    await until(() => between.stats().peers === 1)
    const leech = kept(await LoopbackSwarm.start({ engine: 'wire' }))
    leech.discovery.add(`127.0.0.1:${middle.engine.port}`)
    const opened = await leech.open(torrent)
    opened.resume()
    await until(() => opened.stats().peers === 2)
  })

  for (const encryption of ['allow', 'require'] as const) {
    it(`wire reads by uTP, encryption \`${encryption}\`, from a peer that TCP does not reach`, async () => {
      const seed = kept(await LoopbackSwarm.start({ engine: 'wire' }))
      const peer = await seed.addPeer({ torrent })
      const there = await seed.open(torrent)
      there.resume()
      await readPieces(there, 0, all)
      await peer.close()
      const proxy = kept(await LossyProxy.open({ targetPort: seed.engine.port, lost: 0.02 }))
      const leech = kept(await LoopbackSwarm.start({ engine: 'wire', encryption }))
      leech.discovery.add(`127.0.0.1:${proxy.port}`)
      const opened = await leech.open(torrent, { magnetUri: torrent.magnetUri })
      expect((await readPieces(opened, 0, all)).equals(torrent.content)).to.equal(true)
      expect(proxy.passed).to.be.above(500)
    })
  }

  it('does not speak uTP when it is off', async () => {
    const seed = kept(await seeding({ engine: 'wire' }))
    const proxy = kept(await LossyProxy.open({ targetPort: seed.engine.port }))
    const leech = kept(await LoopbackSwarm.start({ engine: 'wire', utp: false }))
    leech.discovery.add(`127.0.0.1:${proxy.port}`)
    const opened = await leech.open(torrent)
    opened.resume()
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(proxy.passed).to.equal(0)
  })
})
