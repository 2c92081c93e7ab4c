import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { BLOCK_BYTES, PieceLayout } from '../../lib/domain/piece-layout.ts'
import { PartialPiece } from '../../lib/torrent/schedule/partial-piece.ts'
import { PieceMemory } from '../../lib/torrent/schedule/piece-memory.ts'
import { PieceVerifier } from '../../lib/torrent/store/piece-verifier.ts'

const BLOCKS = 40
const content = randomBytes(BLOCKS * BLOCK_BYTES - 1000)
const sha1 = createHash('sha1').update(content).digest()

/** The piece with its blocks come in this order. */
function received(order: readonly number[]): PartialPiece<string> {
  const layout = new PieceLayout(content.length, content.length)
  const partial = new PartialPiece<string>(layout, 0, new PieceMemory(content.length))
  for (const block of order) {
    partial.receive(block, content.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES), 'peer')
  }
  return partial
}

const inOrder = Array.from({ length: BLOCKS }, (_, block) => block)

describe('the running hash of a piece', () => {
  it('is that of the piece in whatever order its blocks come, and no other', async () => {
    const order = fc.shuffledSubarray(inOrder, { minLength: BLOCKS })
    await fc.assert(
      fc.asyncProperty(order, async (blocks) => {
        const verifier = new PieceVerifier()
        const right = received(blocks)
        expect(await verifier.verify(right.bytes, right.hash, sha1)).to.equal(true)
        const wrong = received(blocks)
        expect(await verifier.verify(wrong.bytes, wrong.hash, createHash('sha1').digest())).to.equal(false)
      }),
      { numRuns: 50 },
    )
  })

  it('is done with the last block of a piece that came in order', () => {
    const partial = received(inOrder.slice(0, -1))
    expect(partial.hash.hashedBytes).to.equal((BLOCKS - 1) * BLOCK_BYTES)
  })

  it('stops before the first gap, and catches up a few blocks at a time when that is filled', () => {
    const partial = received(inOrder.filter((block) => block !== 2 && block !== BLOCKS - 1))
    expect(partial.hash.hashedBytes).to.equal(2 * BLOCK_BYTES)
    partial.receive(2, content.subarray(2 * BLOCK_BYTES, 3 * BLOCK_BYTES), 'peer')
    expect(partial.hash.hashedBytes)
      .to.be.greaterThan(2 * BLOCK_BYTES)
      .and.lessThan(10 * BLOCK_BYTES)
  })
})
