import { LoopbackSwarm } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { DelayProxy } from '../support/delay-proxy.ts'
import { startSeeder, type RealClient } from './real-seeder.ts'
const clients = (process.argv[2] ?? 'transmission,aria2,libtorrent').split(',') as RealClient[]
const rtts = (process.argv[3] ?? '0,50').split(',').map(Number)
const mb = Number(process.argv[4] ?? 80)
for (const client of clients) {
  const torrent = makeTorrent({ totalBytes: mb * 1e6, pieceBytes: 262144 * 2 })
  const seeder = await startSeeder(client, torrent)
  for (const rtt of rtts) {
    const proxy = rtt ? await DelayProxy.open(seeder.address, rtt) : undefined
    const swarm = await LoopbackSwarm.start()
    swarm.discovery.add(proxy?.address ?? seeder.address)
    const t = await swarm.open(torrent)
    const start = performance.now()
    t.resume()
    t.setWindows({ name: 'b' }, [{ first: 0, end: torrent.layout.pieceCount, priority: 'urgent' }])
    let firstMs = 0
    const per: number[] = []
    let last = 0
    const tick = setInterval(() => { const d = t.stats().downloadedBytes; per.push(Math.round((d - last) / 1e5) / 10); last = d }, 500)
    try {
      for (let p = 0; p < torrent.layout.pieceCount; p++) { await t.whenHas(p, AbortSignal.timeout(40000)); if (p === 0) firstMs = performance.now() - start }
    } catch (e) { console.log('timeout', String(e)) }
    clearInterval(tick)
    const s = (performance.now() - start) / 1000
    console.log(JSON.stringify({ client, rtt, mbPerS: Math.round(mb / s * 10) / 10, firstMs: Math.round(firstMs), per500: per.slice(0, 24), waste: t.stats().wastedBytes, reqq: [...(t as any).content ? [] : []] }))
    await swarm.close(); await proxy?.close()
  }
  await seeder.close()
}
