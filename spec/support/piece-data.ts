import { createHash } from 'node:crypto'
import { type InfoHash, infoHash } from '../../lib/domain/ids.ts'
import { PieceLayout } from '../../lib/domain/piece-layout.ts'

/** A torrent's worth of pieces whose bytes any process can make again from its seed. */
export class PieceData {
  readonly infoHash: InfoHash
  readonly layout: PieceLayout
  readonly hashes: Uint8Array
  readonly #seed: number

  constructor(seed: number, pieceBytes: number, totalBytes: number) {
    this.#seed = seed
    this.infoHash = infoHash(createHash('sha1').update(`torrent ${seed}`).digest('hex'))
    this.layout = new PieceLayout(pieceBytes, totalBytes)
    this.hashes = Buffer.concat(
      Array.from({ length: this.layout.pieceCount }, (_, piece) =>
        createHash('sha1').update(this.bytes(piece)).digest(),
      ),
    )
  }

  bytes(piece: number): Uint8Array {
    const block = createHash('sha512').update(`${this.#seed} ${piece}`).digest()
    return Buffer.alloc(this.layout.pieceLength(piece), block)
  }
}
