import { readFileSync, writeFileSync } from 'node:fs'
import { BLOCK_BYTES } from '../../../lib/domain/piece-layout.ts'
import { DelayProxy } from '../../support/delay-proxy.ts'
import { makeTorrent } from '../../support/make-torrent.ts'
import { ScriptedPeer } from '../../support/scripted-peer.ts'
import type { SeederOrder, SeederRequest } from './swarm.ts'

/** A child process: one torrent in memory, and the seeders of it that are asked for. */
const order = JSON.parse(process.argv[2] ?? '{}') as SeederOrder
const content = order.contentPath === undefined ? undefined : readFileSync(order.contentPath)
const torrent = makeTorrent({
  name: order.name,
  totalBytes: content?.length ?? order.totalBytes,
  pieceBytes: order.pieceBytes,
  trackers: [order.trackerUrl],
  ...(content ? { content } : {}),
})
writeFileSync(order.metadataPath, torrent.metadata)

let peers: ScriptedPeer[] = []
let proxies: DelayProxy[] = []
const { layout } = torrent
/** How often each block was sent. */
const sent = new Uint16Array(Math.ceil(layout.totalBytes / BLOCK_BYTES))

function count(piece: number, offsetBytes: number, data: Buffer): Buffer {
  const block = Math.floor((layout.pieceStart(piece) + offsetBytes) / BLOCK_BYTES)
  sent[block] = (sent[block] ?? 0) + 1
  return data
}

async function answer(request: SeederRequest): Promise<unknown> {
  if ('sentBefore' in request) {
    return (
      sent.subarray(0, Math.ceil(request.sentBefore / BLOCK_BYTES)).reduce((sum, times) => sum + times, 0) * BLOCK_BYTES
    )
  }
  await Promise.all([...proxies, ...peers].map((part) => part.close()))
  peers = []
  proxies = []
  sent.fill(0)
  const addresses: string[] = []
  for (const { host, roundTripMs, bytesPerS } of request) {
    const limit = bytesPerS === undefined ? {} : { bytesPerS }
    const peer = await ScriptedPeer.listen({ torrent, host, requestQueue: 2000, tamper: count, ...limit })
    peers.push(peer)
    if (roundTripMs > 0) proxies.push(await DelayProxy.open(peer.address, roundTripMs, host))
    addresses.push(roundTripMs > 0 ? (proxies.at(-1)?.address ?? '') : peer.address)
  }
  return addresses
}

process.on('message', (request) => {
  void answer(request as SeederRequest).then((reply) => process.send?.({ reply }))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ reply: layout.totalBytes })
