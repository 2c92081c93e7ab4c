import { DelayProxy } from '../support/delay-proxy.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

/** A child process of the torrent benches: seeders with their content, each behind its own delay. */
interface SeederOrder {
  readonly totalBytes: number
  readonly pieceBytes: number
  readonly peers: readonly { readonly host: string; readonly roundTripMs: number; readonly bytesPerS?: number }[]
}

const order = JSON.parse(process.argv[2] ?? '{}') as SeederOrder
const torrent = makeTorrent(order)
const peers: ScriptedPeer[] = []
const addresses: string[] = []
for (const { host, roundTripMs, bytesPerS } of order.peers) {
  const peer = await ScriptedPeer.listen({
    torrent,
    host,
    requestQueue: 2000,
    ...(bytesPerS === undefined ? {} : { bytesPerS }),
  })
  peers.push(peer)
  addresses.push(roundTripMs > 0 ? (await DelayProxy.open(peer.address, roundTripMs, host)).address : peer.address)
}
process.send?.(addresses)
// Any message asks how many blocks were sent in all.
process.on('message', () => process.send?.(peers.reduce((sum, peer) => sum + peer.sentBlocks, 0)))
process.on('disconnect', () => process.exit(0))
