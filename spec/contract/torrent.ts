import { getEventListeners } from 'node:events'
import { expect } from 'chai'
import { isAppError } from '../../lib/domain/errors.ts'
import type { Torrent, WindowOwner } from '../../lib/domain/torrent.ts'
import { failureOf } from '../support/failure-of.ts'

/** A torrent under test, of the given content, holding no piece. */
export interface TorrentUnderTest {
  readonly torrent: Torrent
  /** Brings one piece; resolves once `has(piece)`. What else comes with it is the adapter's affair. */
  arrive(piece: number): Promise<void>
  /** Closes the torrent as the engine's `remove` does. */
  remove(): Promise<void>
  /** Ends everything; called once after each case, also after `remove`. */
  close(): Promise<void>
}

const PIECE_BYTES = 32 * 1024
/** Five pieces, the last one shorter than a block. */
const CONTENT = Uint8Array.from({ length: 4 * PIECE_BYTES + 1000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
const LAST = 4

/** What the `Torrent` port promises, on any adapter. */
export function torrentContract(
  name: string,
  makeTorrent: (content: Uint8Array, pieceBytes: number) => Promise<TorrentUnderTest>,
): void {
  describe(`${name}: the Torrent port`, () => {
    let under: TorrentUnderTest
    let torrent: Torrent
    const never = new AbortController().signal

    beforeEach(async () => {
      under = await makeTorrent(CONTENT, PIECE_BYTES)
      torrent = under.torrent
    })
    afterEach(() => under.close())

    const readAll = async (piece: number, offsetBytes: number, length: number): Promise<Uint8Array> => {
      const target = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const count = await torrent.readPiece(piece, offsetBytes + filled, target.subarray(filled))
        expect(count).to.be.within(1, length - filled)
        filled += count
      }
      return target
    }

    it('says the layout and the files that cover it', () => {
      const { layout, files } = torrent.info
      expect([layout.pieceBytes, layout.totalBytes, layout.pieceCount]).to.deep.equal([PIECE_BYTES, CONTENT.length, 5])
      expect(files.reduce((sum, file) => sum + file.sizeBytes, 0)).to.equal(CONTENT.length)
      files.forEach((file, index) => {
        expect(file.index).to.equal(index)
      })
    })

    it('has a piece from its arrival on', async () => {
      expect(torrent.has(1)).to.be.false
      await under.arrive(1)
      expect(torrent.has(1)).to.be.true
      expect(torrent.stats().storedBytes).to.be.at.least(PIECE_BYTES)
    })

    it('resolves every wait for a piece when it comes, and a later one at once', async () => {
      const waits = [torrent.whenHas(2, never), torrent.whenHas(2, never), torrent.whenHas(2, never)]
      await under.arrive(2)
      await Promise.all(waits)
      await torrent.whenHas(2, never)
      expect(torrent.has(2)).to.be.true
    })

    it('rejects a wait with its signal’s own reason, whenever it aborts, and keeps no listener', async () => {
      const reason = new Error('the reason')
      expect(await failureOf(torrent.whenHas(0, AbortSignal.abort(reason)))).to.equal(reason)
      const controller = new AbortController()
      const wait = failureOf(torrent.whenHas(0, controller.signal))
      controller.abort(reason)
      expect(await wait).to.equal(reason)
      expect(getEventListeners(controller.signal, 'abort')).to.have.length(0)
    })

    it('keeps no listener on the signal of a wait that ended well', async () => {
      const { signal } = new AbortController()
      const wait = torrent.whenHas(3, signal)
      await under.arrive(3)
      await wait
      await torrent.whenHas(3, signal)
      expect(getEventListeners(signal, 'abort')).to.have.length(0)
    })

    it('ends one wait without touching another for the same piece', async () => {
      const controller = new AbortController()
      const left = failureOf(torrent.whenHas(1, controller.signal))
      const stays = torrent.whenHas(1, never)
      controller.abort(new Error('left'))
      await left
      await under.arrive(1)
      await stays
    })

    it('reads bytes from an offset, never past the piece’s end', async () => {
      await under.arrive(1)
      expect(Buffer.compare(await readAll(1, 0, PIECE_BYTES), CONTENT.subarray(PIECE_BYTES, 2 * PIECE_BYTES))).to.equal(
        0,
      )
      const target = new Uint8Array(100).fill(7)
      expect(await torrent.readPiece(1, PIECE_BYTES - 40, target)).to.be.within(1, 40)
      expect(target.subarray(40).every((byte) => byte === 7)).to.be.true
      expect(target[0]).to.equal(CONTENT[2 * PIECE_BYTES - 40])
    })

    it('reads the short last piece', async () => {
      await under.arrive(LAST)
      const target = new Uint8Array(PIECE_BYTES)
      expect(await torrent.readPiece(LAST, 0, target)).to.be.within(1, 1000)
      expect(Buffer.compare(await readAll(LAST, 0, 1000), CONTENT.subarray(LAST * PIECE_BYTES))).to.equal(0)
    })

    it('fails with not_found for a piece that it does not have', async () => {
      const error = await failureOf(torrent.readPiece(0, 0, new Uint8Array(10)))
      expect(isAppError(error, 'not_found')).to.be.true
    })

    it('is off the network after pause, with what it has still to be read; both ways idempotent', async () => {
      await under.arrive(0)
      torrent.pause()
      torrent.pause()
      expect(torrent.isOnline).to.be.false
      expect(torrent.has(0)).to.be.true
      expect(await readAll(0, 5, 10)).to.deep.equal(CONTENT.slice(5, 15))
      torrent.resume()
      torrent.resume()
      expect(torrent.isOnline).to.be.true
      await under.arrive(1)
    })

    it('takes windows of several owners, replaces and forgets them', async () => {
      const owners: WindowOwner[] = [{ name: 'a' }, { name: 'b' }]
      for (const owner of owners) torrent.setWindows(owner, [{ first: 0, end: 1, priority: 'urgent' }])
      for (const owner of owners) torrent.setWindows(owner, [])
      torrent.setWindows({ name: 'c' }, [])
      await under.arrive(3)
      expect(torrent.has(3)).to.be.true
    })

    it('rejects waits with unavailable once it is removed', async () => {
      const wait = failureOf(torrent.whenHas(0, never))
      await under.remove()
      expect(isAppError(await wait, 'unavailable')).to.be.true
      expect(isAppError(await failureOf(torrent.whenHas(1, never)), 'unavailable')).to.be.true
    })
  })
}
