import { expect } from 'chai'
import { infoHash } from '../../lib/domain/ids.ts'
import { readStored } from '../../lib/stream/read-stored.ts'
import { failureOf } from '../support/failure-of.ts'
import { HASH, KIB, makeRoom, never, pattern } from './room.ts'

const FILE = { infoHash: HASH, fileIndex: 0 }

describe('readStored', () => {
  const content = pattern(100 * KIB)

  it('gives bytes over the pieces that are there, and joins no network for it', async () => {
    const room = makeRoom({ content, pieceBytes: 16 * KIB })
    room.torrent.arriveAll()
    const bytes = await readStored(room.activity, FILE, { start: 10 * KIB, end: 50 * KIB }, never)
    expect(Buffer.compare(bytes ?? new Uint8Array(), content.subarray(10 * KIB, 50 * KIB))).to.equal(0)
    const tail = await readStored(room.activity, FILE, { start: 99 * KIB, end: 900 * KIB }, never)
    expect(tail).to.have.length(KIB)
    expect(room.torrent.isOnline).to.equal(false)
    await room.close()
  })

  it('gives nothing when a piece is missing, the file or torrent is unknown, or a person paused it', async () => {
    const room = makeRoom({ content, pieceBytes: 16 * KIB })
    room.torrent.arrive(0)
    const range = { start: 0, end: 17 * KIB }
    expect(await readStored(room.activity, FILE, range, never)).to.equal(undefined)
    expect(await readStored(room.activity, { ...FILE, fileIndex: 7 }, range, never)).to.equal(undefined)
    const unknown = { infoHash: infoHash('0'.repeat(40)), fileIndex: 0 }
    expect(await readStored(room.activity, unknown, range, never)).to.equal(undefined)
    room.torrent.arriveAll()
    await room.activity.pause(HASH)
    expect(await readStored(room.activity, FILE, range, never)).to.equal(undefined)
    await room.close()
  })

  it('rejects with the reason of its signal', async () => {
    const room = makeRoom({ content, pieceBytes: 16 * KIB })
    const reason = new Error('left')
    expect(await failureOf(readStored(room.activity, FILE, { start: 0, end: 1 }, AbortSignal.abort(reason)))).to.equal(
      reason,
    )
    await room.close()
  })
})
