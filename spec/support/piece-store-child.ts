import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { hurriedClock } from './hurried-clock.ts'
import { PieceData } from './piece-data.ts'

/**
 * Stores and reads pieces at random until it is killed, checkpoints included; its time runs a thousand times faster so
 * that they happen. Arguments: directory, piece length, cap in pieces. Writes a line once it has
 * stored the first.
 */
const [directory = '', pieceBytes = '0', capPieces = '0'] = process.argv.slice(2)
const store = await DiskPieceStore.open({
  directory,
  capBytes: Number(capPieces) * Number(pieceBytes),
  clock: hurriedClock(1000),
  logger: silentLogger,
  metrics: noMetrics,
})
const data = new PieceData(7, Number(pieceBytes), 64 * Number(pieceBytes))
const torrent = await store.open(data)
const put = (): Promise<boolean> => {
  const piece = Math.floor(Math.random() * data.layout.pieceCount)
  return torrent.put(piece, data.bytes(piece))
}
await put()
process.stdout.write('begun\n')
for (let round = 0; round < 100_000; round++) {
  const written = put()
  if (Math.random() < 0.5) await written
}
