import { expect } from 'chai'
import fc from 'fast-check'
import { ResidentBlocks } from '../../lib/stream/resident-blocks.ts'
import { failureOf } from '../support/failure-of.ts'
import { FakeTorrent } from '../support/fake-torrent.ts'
import { GRACE_MS, HASH, KIB, MIB, makeRoom, never, pattern, settle } from './room.ts'

const SMALL = 64 * KIB
const PIECE = 2 * MIB
const content = pattern(8 * MIB)

function stored(): FakeTorrent {
  const torrent = new FakeTorrent({ content, pieceBytes: PIECE, infoHash: HASH })
  torrent.arriveAll()
  return torrent
}

async function readAt(
  blocks: ResidentBlocks,
  torrent: FakeTorrent,
  offset: number,
  length = SMALL,
): Promise<Uint8Array> {
  const target = new Uint8Array(length)
  const piece = torrent.info.layout.pieceAt(offset)
  const count = blocks.copy(torrent, offset, target) || (await blocks.read(torrent, piece, offset, target))
  return target.subarray(0, count)
}

describe('ResidentBlocks', () => {
  it('serves small reads one after the other with one read of the store for many', async () => {
    const [blocks, torrent] = [new ResidentBlocks(), stored()]
    for (let offset = 0; offset < content.length; offset += SMALL) {
      const bytes = await readAt(blocks, torrent, offset)
      expect(Buffer.compare(bytes, content.subarray(offset, offset + SMALL))).to.equal(0)
    }
    expect(torrent.readPieceCalls).to.be.at.most(1 + content.length / (512 * KIB) + content.length / PIECE)
    expect(blocks.residentBytes).to.equal(512 * KIB)
  })

  it('reads no more than it is asked elsewhere, and for large reads', async () => {
    const [blocks, torrent] = [new ResidentBlocks(), stored()]
    for (let index = 0; index < 100; index++) await readAt(blocks, torrent, (index * 37 * SMALL + 1) % (7 * MIB))
    for (let offset = 0; offset < 4 * MIB; offset += MIB) await readAt(blocks, torrent, offset, MIB)
    expect(torrent.readPieceCalls).to.equal(104)
    expect(blocks.residentBytes).to.equal(0)
  })

  it('holds so many blocks and no more, and none of a torrent that is forgotten', async () => {
    const [blocks, torrent, other] = [new ResidentBlocks({ blockBytes: 16 * KIB, blocks: 4 }), stored(), stored()]
    for (let run = 0; run < 20; run++) {
      for (let index = 0; index < 4; index++) await readAt(blocks, torrent, run * 256 * KIB + index * KIB, KIB)
    }
    expect(blocks.residentBytes).to.equal(64 * KIB)
    for (let index = 0; index < 4; index++) await readAt(blocks, other, index * KIB, KIB)
    blocks.forget(torrent)
    expect(blocks.residentBytes).to.equal(16 * KIB)
    blocks.forget(other)
    expect(blocks.residentBytes).to.equal(0)
  })

  it('reads a block once for all that wait for it', async () => {
    const [blocks, torrent] = [new ResidentBlocks(), stored()]
    await readAt(blocks, torrent, 0)
    const offsets = [1, 2, 3, 4].map((index) => index * SMALL)
    const read = await Promise.all(offsets.map((offset) => readAt(blocks, torrent, offset)))
    expect(torrent.readPieceCalls).to.equal(2)
    read.forEach((bytes, index) => {
      const offset = offsets[index] ?? 0
      expect(Buffer.compare(bytes, content.subarray(offset, offset + SMALL))).to.equal(0)
    })
  })

  it('passes a failure on to who read, and reads again afterwards', async () => {
    const [blocks, torrent] = [new ResidentBlocks(), stored()]
    await readAt(blocks, torrent, 0)
    torrent.evict(0)
    const failed = await Promise.all([SMALL, 2 * SMALL].map((offset) => failureOf(readAt(blocks, torrent, offset))))
    expect(failed.map((error) => (error as { code?: string }).code)).to.deep.equal(['not_found', 'not_found'])
    torrent.arrive(0)
    expect(Buffer.compare(await readAt(blocks, torrent, SMALL), content.subarray(SMALL, 2 * SMALL))).to.equal(0)
  })

  it('gives the right bytes to any readers in any order', async () => {
    const reads = fc.array(
      fc.record({ place: fc.nat({ max: 255 }), length: fc.integer({ min: 1, max: 6 }), follows: fc.boolean() }),
      { maxLength: 60 },
    )
    const torrent = new FakeTorrent({ content: content.subarray(0, 2048), pieceBytes: 100, infoHash: HASH })
    torrent.arriveAll()
    await fc.assert(
      fc.asyncProperty(reads, fc.integer({ min: 1, max: 8 }), async (asked, together) => {
        const blocks = new ResidentBlocks({ blockBytes: 16, blocks: 3 })
        let next = 0
        const pending: Promise<void>[] = []
        for (const { place, length, follows } of asked) {
          const offset = follows && next < 2040 ? next : place * 8
          next = offset + length
          pending.push(
            readAt(blocks, torrent, offset, length).then((bytes) => {
              expect(bytes.length).to.be.at.least(1)
              expect(Buffer.compare(bytes, content.subarray(offset, offset + bytes.length))).to.equal(0)
            }),
          )
          if (pending.length % together === 0) await Promise.all(pending)
        }
        await Promise.all(pending)
        expect(blocks.residentBytes).to.be.at.most(48)
      }),
    )
  })

  describe('under requests of small ranges', () => {
    it('never serves a piece that was evicted, and holds nothing after the grace', async () => {
      const room = makeRoom({ content, pieceBytes: PIECE })
      room.torrent.arriveAll()
      const target = new Uint8Array(SMALL)
      const request = async (start: number): Promise<void> => {
        const reader = await room.open({ start, end: start + SMALL })
        expect(await reader.read(target, start, never)).to.equal(SMALL)
        expect(Buffer.compare(target, content.subarray(start, start + SMALL))).to.equal(0)
        reader.close()
      }
      for (let index = 0; index < 9; index++) await request(index * SMALL)
      expect(room.torrent.readPieceCalls).to.equal(2)

      room.torrent.evict(0)
      const evicted = request(9 * SMALL)
      await settle()
      expect(room.torrent.waiting).to.equal(1)
      room.torrent.arrive(0)
      await evicted

      room.clock.advance(GRACE_MS)
      const before = room.torrent.readPieceCalls
      await request(10 * SMALL)
      expect(room.torrent.readPieceCalls).to.equal(before + 1)
      await room.close()
    })
  })
})
