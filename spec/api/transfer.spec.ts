import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { DocumentLines } from '../../lib/api/document-lines.ts'
import { ErrorAnswer } from '../../lib/api/schemas/common.ts'
import { ImportAnswer } from '../../lib/api/schemas/system.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { asMovie, seasonPack } from '../library/fixtures.ts'
import { ApiFixture, hashOf } from '../support/fake-api.ts'
import { until } from '../support/until.ts'

const JSONL = { 'content-type': 'application/x-ndjson' }

describe('export and import by REST', () => {
  let from: ApiFixture
  let to: ApiFixture
  let directory: string

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'momoshtrem-transfer-'))
    from = await ApiFixture.start()
    to = await ApiFixture.start({ temporaryDir: directory, importMaxBytes: 2 ** 20 })
    from.addTorrent('a', 'Heat.1995', ['Heat.mkv'], [asMovie('Heat', 0, { year: 1995 })])
    from.addTorrent('b', 'Nothing', ['x.mkv'])
    const [pack, placements] = seasonPack('Dark', 1, 300)
    from.library.addTorrent(pack, null, placements, false)
  })
  afterEach(async () => {
    await Promise.all([from.close(), to.close()])
    expect(readdirSync(directory), 'nothing is left of a document').to.deep.equal([])
    rmSync(directory, { recursive: true })
  })

  const exported = async (): Promise<string> => (await from.call('GET', '/api/library/export')).text

  it('takes a library to another service, and a second time changes nothing', async () => {
    const answer = await from.call('GET', '/api/library/export')
    expect(answer.headers.get('content-type')).to.equal('application/x-ndjson')
    expect(answer.headers.get('content-disposition')).to.contain('momoshtrem-library.jsonl')
    const { status, json } = await to.call('POST', '/api/library/import', answer.text, JSONL)
    expect(status, JSON.stringify(json)).to.equal(200)
    expect(ImportAnswer.parse(json)).to.deep.equal({
      movies: { added: 1, kept: 0 },
      shows: { added: 1, kept: 0 },
      torrents: { added: 3, kept: 0 },
      assignments: 301,
    })
    expect(to.added)
      .to.have.length(3)
      .and.to.include.members([hashOf('a'), hashOf('b')])
    expect(to.library.counts()).to.deep.equal(from.library.counts())
    const again = await to.call('POST', '/api/library/import', answer.text, { 'content-type': 'application/jsonl' })
    expect(again.json.torrents).to.deep.equal({ added: 0, kept: 3 })
    expect(to.added).to.have.length(3)
  })

  it('changes nothing for a document that is not whole, and names the line', async () => {
    const whole = await exported()
    const lines = whole.trimEnd().split('\n')
    for (const [document, message] of [
      ['', /line 1/],
      ['{}', /line 1/],
      ['not JSON\n', /line 1/],
      [lines.slice(0, -1).join('\n'), /line 1: .*not whole/],
      [[...lines.slice(0, 2), '{"kind":"movie"}', ...lines.slice(3)].join('\n'), /line 3/],
    ] as const) {
      const { status, json } = await to.call('POST', '/api/library/import', document, JSONL)
      expect(status).to.equal(400)
      expect(ErrorAnswer.parse(json).error.message).to.match(message)
    }
    expect(to.library.counts()).to.deep.equal({ movies: 0, shows: 0, episodes: 0, torrents: 0 })
  })

  it('takes lines only, and lines nowhere else', async () => {
    const { text } = await from.call('GET', '/api/library/export')
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      expect((await to.call('POST', '/api/library/import', text, { 'content-type': type })).status, type).to.equal(415)
    }
    expect((await to.call('POST', '/api/library/import')).status, 'no body').to.equal(400)
    expect((await to.call('POST', '/api/movies', '{"title":"x"}', JSONL)).status).to.equal(415)
  })

  it('refuses a document over the limit before it is sent', async () => {
    const upload = request(`${to.server.url}/api/library/import`, {
      method: 'POST',
      agent: false,
      headers: { ...JSONL, 'content-length': String(2 ** 20 + 1) },
    })
    upload.on('error', () => {}) // the service may close while the rest is due
    upload.flushHeaders()
    const [response] = (await once(upload, 'response')) as [import('node:http').IncomingMessage]
    expect(response.statusCode).to.equal(413)
    upload.destroy()
  })

  it('refuses a document of no stated length once it is over the limit', async () => {
    const body = ReadableStream.from(Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, 'x')))
    const response = await fetch(`${to.server.url}/api/library/import`, {
      method: 'POST',
      headers: { ...JSONL, connection: 'close' },
      body,
      duplex: 'half',
    } as RequestInit)
    expect(response.status).to.equal(413)
    expect(ErrorAnswer.parse(await response.json()).error.message).to.equal('the document is larger than 1 MiB')
  })

  it('forgets what a client that leaves had sent', async () => {
    const upload = request(`${to.server.url}/api/library/import`, {
      method: 'POST',
      agent: false,
      headers: { ...JSONL, 'transfer-encoding': 'chunked' },
    })
    upload.on('error', () => {})
    const document = await exported()
    upload.write(document.slice(0, 2000))
    await until(() => readdirSync(directory).length === 1)
    upload.destroy()
    await until(() => readdirSync(directory).length === 0)
    expect(to.library.counts().torrents).to.equal(0)
  })

  it('ends an export that a client leaves', async () => {
    const client = new AbortController()
    const response = await fetch(`${from.server.url}/api/library/export`, { signal: client.signal })
    expect(response.status).to.equal(200)
    client.abort()
    from.library.createMovie({ title: 'Another', year: null }) // writers need not wait
    expect((await exported()).split('\n')).to.have.length(1 + 2 + 1 + 3 + 1)
  })
})

describe('DocumentLines', () => {
  let directory: string
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'momoshtrem-lines-'))
  })
  after(() => rmSync(directory, { recursive: true }))

  const linesOf = (content: string | Uint8Array): string[] => {
    const path = join(directory, 'lines')
    writeFileSync(path, content)
    const lines = new DocumentLines(path)
    const first = [...lines]
    expect([...lines], 'a second time').to.deep.equal(first)
    return first
  }

  it('gives the lines of any text, whatever their ends', () => {
    const line = fc.string({ unit: 'binary', maxLength: 50 }).map((text) => text.replaceAll(/[\r\n\ufeff\p{Cs}]/gu, ''))
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (lines, end, isEnded) => {
          const text = lines.join(end) + (isEnded || lines.at(-1) === '' ? end : '')
          expect(linesOf(text)).to.deep.equal(lines)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('joins what stands in several blocks', () => {
    const long = 'ä'.repeat(1_300_000)
    expect(linesOf(`${long}\n\n${long}x\nend`)).to.deep.equal([long, '', `${long}x`, 'end'])
    expect(linesOf('')).to.deep.equal([])
    expect(linesOf('\ufefffirst\n')).to.deep.equal(['first'])
  })

  it('names the line that is not UTF-8, or endless', () => {
    expect(() => linesOf(Buffer.from([0x61, 0x0a, 0xff, 0x0a]))).to.throw(AppError, 'line 2: not UTF-8')
    const endless = Buffer.alloc(66 * 1024 * 1024, 'a')
    endless[1] = 0x0a
    expect(() => linesOf(endless)).to.throw(AppError, 'line 2: longer than 64 MiB')
  })
})
