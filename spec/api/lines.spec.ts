import { once } from 'node:events'
import { expect } from 'chai'
import type { z } from 'zod'
import { LimitsJson, ScrubLine } from '../../lib/api/schemas/system.ts'
import { BulkAnswer, BulkResult } from '../../lib/api/schemas/torrents.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { ApiFixture, resultOf, scrubbed } from '../support/fake-api.ts'

const LINES = { accept: 'application/x-ndjson' }
const magnet = (index: number) => ({ magnet_uri: `magnet:?xt=urn:btih:${index.toString(16).padStart(40, '0')}` })
const linesOf = <S extends z.ZodType>(text: string, schema: S): z.output<S>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => schema.parse(JSON.parse(line)))

describe('the REST routes whose answers are told as they come', () => {
  let api: ApiFixture
  beforeEach(async () => {
    api = await ApiFixture.start()
  })
  afterEach(() => api.close())

  describe('adding many torrents', () => {
    /** Fails for every third, by the last digits of its magnet. */
    const failThird = () => {
      api.intake.next = async () => {
        const number = api.intake.calls.length
        if (number % 3 === 0) throw new AppError('timeout', `no metadata of ${number}`)
        return resultOf({ isNew: number % 2 === 0 })
      }
    }

    it('gives one result for each, whatever became of the others', async () => {
      failThird()
      const torrents = Array.from({ length: 500 }, (_, index) => magnet(index))
      const { status, json } = await api.call('POST', '/api/torrents/bulk', { torrents })
      expect(status).to.equal(200)
      const { results, added, failed } = BulkAnswer.parse(json)
      expect(results.map(({ index }) => index)).to.deep.equal(torrents.map((_, index) => index))
      expect([added, failed]).to.deep.equal([167, 166])
      expect(results[2]).to.deep.equal({
        index: 2,
        status: 504,
        error: { code: 'timeout', message: 'no metadata of 3' },
      })
      expect(results.slice(0, 2).map((one) => one.status)).to.deep.equal([200, 201])
      expect(results[1]?.torrent?.name).to.equal('Film.2020.1080p')
    })

    it('gives a line for each, as it comes, to who asks so', async () => {
      failThird()
      const { text, headers } = await api.call('POST', '/api/torrents/bulk', { torrents: [0, 1, 2].map(magnet) }, LINES)
      expect(headers.get('content-type')).to.equal('application/x-ndjson')
      const results = linesOf(text, BulkResult)
      expect(results.map(({ index, status }) => [index, status])).to.have.deep.members([
        [0, 200],
        [1, 201],
        [2, 504],
      ])
    })

    it('runs some at a time', async () => {
      let running = 0
      let most = 0
      api.intake.next = async () => {
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, 1))
        running -= 1
        return resultOf()
      }
      await api.call('POST', '/api/torrents/bulk', {
        torrents: Array.from({ length: 40 }, (_, index) => magnet(index)),
      })
      expect(most).to.equal(8)
    })

    for (const accept of ['application/json', 'application/x-ndjson']) {
      it(`begins no more when the client leaves (${accept})`, async () => {
        const client = new AbortController()
        const begun = new Promise<AbortSignal>((resolve) => {
          api.intake.next = async (signal) => {
            if (api.intake.calls.length === 1) return resultOf()
            return await new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
              if (api.intake.calls.length === 9) resolve(signal)
            })
          }
        })
        const torrents = Array.from({ length: 100 }, (_, index) => magnet(index))
        const answer = fetch(`${api.server.url}/api/torrents/bulk`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept },
          body: JSON.stringify({ torrents }),
          signal: client.signal,
        })
          .then((response) => response.text())
          .catch(() => undefined)
        const signal = await begun
        const ended = once(signal, 'abort')
        client.abort()
        await Promise.all([ended, answer])
        await new Promise((resolve) => setImmediate(resolve))
        expect(api.intake.calls).to.have.length(9)
      })
    }

    it('hides what failed for a reason unknown', async () => {
      api.intake.next = () => Promise.reject(new Error('secret path'))
      const { json } = await api.call('POST', '/api/torrents/bulk', { torrents: [magnet(1)] })
      expect(json.results[0].error).to.deep.equal({ code: 'internal', message: 'internal error' })
      expect(String(api.logger.lines[0]?.fields?.err)).to.contain('secret path')
    })

    it('refuses none, too many, and what is no torrent', async () => {
      for (const torrents of [
        [],
        Array.from({ length: 501 }, (_, index) => magnet(index)),
        [{}],
        [{ ...magnet(1), torrent: 'AA==' }],
        [{ ...magnet(1), movie_id: 1 }],
        ['magnet:?x'],
      ]) {
        expect((await api.call('POST', '/api/torrents/bulk', { torrents })).status).to.equal(400)
      }
      const tooLarge = await api.call('POST', '/api/torrents/bulk', {
        torrents: [{ torrent: 'A'.repeat(33 * 2 ** 20) }],
      })
      expect(tooLarge.status).to.equal(413)
    })
  })

  describe('the scrub', () => {
    it('tells how far it is, and its end', async () => {
      const asked: unknown[] = []
      const hash = api.addTorrent('a', 'Film', ['film.mkv'])
      api.engine.nextScrub = async (metadataOf, onProgress) => {
        asked.push(metadataOf(hash) instanceof Uint8Array)
        for (let piece = 1; piece <= 9; piece += 1) onProgress(scrubbed(piece))
        return scrubbed(10, { badPieces: 2 })
      }
      const { status, text, headers } = await api.call('POST', '/api/cache/scrub')
      expect([status, headers.get('content-type')]).to.deep.equal([200, 'application/x-ndjson'])
      const lines = linesOf(text, ScrubLine)
      expect(lines[0]).to.include({ checked_pieces: 1, total_bytes: 1000, is_done: false })
      expect(lines.at(-1)).to.include({ checked_pieces: 10, bad_pieces: 2, is_done: true })
      expect(lines.length, 'not a line a piece').to.be.lessThan(9)
      expect(asked).to.deep.equal([true])
    })

    it('fails like any call before its first line, and in its last one later', async () => {
      api.engine.nextScrub = () => Promise.reject(new AppError('conflict', 'another scrub runs'))
      const refused = await api.call('POST', '/api/cache/scrub')
      expect([refused.status, refused.json.error.code]).to.deep.equal([409, 'conflict'])
      api.engine.nextScrub = async (_metadataOf, onProgress) => {
        onProgress(scrubbed(1))
        throw new AppError('unavailable', 'the engine closes')
      }
      const { status, text } = await api.call('POST', '/api/cache/scrub')
      expect(status).to.equal(200)
      expect(JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')).to.deep.equal({
        error: { code: 'unavailable', message: 'the engine closes' },
      })
    })

    it('ends when the client leaves', async () => {
      const client = new AbortController()
      const ended = new Promise<unknown>((resolve) => {
        api.engine.nextScrub = (_metadataOf, onProgress, signal) =>
          new Promise((_, reject) => {
            signal.addEventListener(
              'abort',
              () => {
                reject(signal.reason as Error)
                resolve(signal.reason)
              },
              { once: true },
            )
            onProgress(scrubbed(1))
          })
      })
      const response = await fetch(`${api.server.url}/api/cache/scrub`, { method: 'POST', signal: client.signal })
      expect(response.status).to.equal(200)
      client.abort()
      expect(await ended)
        .to.be.instanceOf(AppError)
        .with.property('code', 'aborted')
    })
  })

  it('tells the limits, and changes one or both at once', async () => {
    expect(LimitsJson.parse((await api.call('GET', '/api/limits')).json)).to.deep.equal({
      download_kbps: 0,
      upload_kbps: 0,
    })
    const { json } = await api.call('PUT', '/api/limits', { download_kbps: 500 })
    expect(json).to.deep.equal({ download_kbps: 500, upload_kbps: 0 })
    expect(api.engine.limits()).to.deep.equal({ downloadBytesPerS: 500_000, uploadBytesPerS: 0 })
    expect((await api.call('PUT', '/api/limits', { download_kbps: 0, upload_kbps: 7 })).json).to.deep.equal({
      download_kbps: 0,
      upload_kbps: 7,
    })
    for (const body of [
      {},
      { download_kbps: -1 },
      { download_kbps: 1.5 },
      { upload_kbps: 1e12 },
      { down: 1 },
      { upload_kbps: null },
    ]) {
      expect((await api.call('PUT', '/api/limits', body)).status, JSON.stringify(body)).to.equal(400)
    }
  })
})
