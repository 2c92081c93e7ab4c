import { getEventListeners } from 'node:events'
import { expect } from 'chai'
import type { ContentReader, ContentSource } from '../../lib/domain/content.ts'
import { isAppError } from '../../lib/domain/errors.ts'
import type { ContentId } from '../../lib/domain/ids.ts'
import { failureOf } from '../support/failure-of.ts'

/** A source with one file of the given bytes that has nothing yet. */
export interface ContentUnderTest {
  readonly source: ContentSource
  readonly content: ContentId
  /** A file that does not exist. */
  readonly missing: ContentId
  /** Lets every byte that is wanted come from now on. */
  deliver(): void
  close(): Promise<void>
}

const BYTES = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 17 + (i >> 8)) & 0xff)
const WHOLE = { start: 0, end: BYTES.length }

/** What the `ContentSource` and `ContentReader` ports promise, on any adapter. */
export function contentContract(name: string, makeContent: (bytes: Uint8Array) => Promise<ContentUnderTest>): void {
  describe(`${name}: the ContentSource port`, () => {
    let under: ContentUnderTest
    let readers: ContentReader[]
    const never = new AbortController().signal

    beforeEach(async () => {
      under = await makeContent(BYTES)
      readers = []
    })
    afterEach(async () => {
      for (const reader of readers) reader.close()
      await under.close()
    })

    const open = async (range = WHOLE): Promise<ContentReader> => {
      const reader = await under.source.open(under.content, range, never)
      readers.push(reader)
      return reader
    }

    it('reads the whole file in order, and 0 at its end', async () => {
      under.deliver()
      const reader = await open()
      expect(reader.sizeBytes).to.equal(BYTES.length)
      const whole = new Uint8Array(BYTES.length)
      const buffer = new Uint8Array(50_000)
      let position = 0
      for (;;) {
        const count = await reader.read(buffer, position, never)
        if (count === 0) break
        whole.set(buffer.subarray(0, count), position)
        position += count
      }
      expect(position).to.equal(BYTES.length)
      expect(Buffer.compare(whole, BYTES)).to.equal(0)
      expect(await reader.read(buffer, BYTES.length + 5, never)).to.equal(0)
    })

    it('seeks anywhere, also outside the announced range', async () => {
      under.deliver()
      const reader = await open({ start: 1000, end: 2000 })
      const target = new Uint8Array(100)
      for (const position of [1500, 299_950, 0, 150_000, 149_999]) {
        const count = await reader.read(target, position, never)
        expect(count).to.be.within(1, 100)
        expect(target.subarray(0, count)).to.deep.equal(BYTES.slice(position, position + count))
      }
    })

    it('fails with not_found for what does not exist', async () => {
      expect(isAppError(await failureOf(under.source.open(under.missing, WHOLE, never)), 'not_found')).to.be.true
    })

    it('rejects open and read with the signal’s own reason and keeps no listener', async () => {
      const reason = new Error('client left')
      const gone = AbortSignal.abort(reason)
      expect(await failureOf(under.source.open(under.content, WHOLE, gone))).to.equal(reason)
      const reader = await open()
      expect(await failureOf(reader.read(new Uint8Array(10), 0, gone))).to.equal(reason)
      const controller = new AbortController()
      const waiting = failureOf(reader.read(new Uint8Array(10), 0, controller.signal))
      controller.abort(reason)
      expect(await waiting).to.equal(reason)
      expect(getEventListeners(controller.signal, 'abort')).to.have.length(0)
    })

    it('goes on after an aborted read', async () => {
      const reader = await open()
      const controller = new AbortController()
      const left = failureOf(reader.read(new Uint8Array(10), 200_000, controller.signal))
      controller.abort(new Error('seek'))
      await left
      under.deliver()
      const target = new Uint8Array(10)
      const count = await reader.read(target, 7, never)
      expect(target.subarray(0, count)).to.deep.equal(BYTES.slice(7, 7 + count))
    })

    it('ends a waiting read with aborted when the reader closes, and refuses later ones', async () => {
      const reader = await open()
      const waiting = failureOf(reader.read(new Uint8Array(10), 0, never))
      reader.close()
      reader.close()
      expect(isAppError(await waiting, 'aborted')).to.be.true
      expect(isAppError(await failureOf(reader.read(new Uint8Array(10), 0, never)), 'aborted')).to.be.true
    })

    it('keeps readers of one file independent', async () => {
      const [one, other] = [await open(), await open()]
      const waiting = one.read(new Uint8Array(10), 0, never)
      other.close()
      under.deliver()
      expect(await waiting).to.be.within(1, 10)
    })
  })
}
