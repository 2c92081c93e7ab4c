import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { HttpRequester } from '../../lib/metadata/http-requester.ts'
import { OpenSubtitlesClient, type OpenSubtitlesClientOptions } from '../../lib/subtitles/opensubtitles-client.ts'
import { failureOf } from '../support/failure-of.ts'
import type { Fault } from '../support/http-faults.ts'
import { ACCOUNT, API_KEY, LocalOpenSubtitles, type LocalSubtitle } from '../support/local-opensubtitles.ts'

const never = new AbortController().signal
const SRT = Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nHallo\n')
const MATRIX: LocalSubtitle = {
  fileId: 603,
  language: 'en',
  release: 'The.Matrix.1999.1080p.BluRay',
  downloads: 1000,
  tmdbId: 603,
  imdbId: 133_093,
  title: 'The Matrix',
  year: 1999,
  hash: '8e245d9679d31e12',
  isTrusted: true,
  bytes: SRT,
}
const OFFICE: LocalSubtitle = {
  fileId: 700,
  language: 'pt-br',
  release: 'The.Office.S02E03',
  tmdbId: 2316,
  imdbId: 386_676,
  title: 'The Office',
  season: 2,
  episode: 3,
  isHearingImpaired: true,
  isForced: true,
  bytes: SRT,
}
const BY_ID = { by: 'id', tmdbId: 603, imdbId: null } as const

/** Long enough for a busy machine: nothing waits for it that is not to end so. */
const TIMEOUT_MS = 30_000

describe('OpenSubtitlesClient', () => {
  let local: LocalOpenSubtitles
  let clients: OpenSubtitlesClient[]
  let nowMs: number

  beforeEach(async () => {
    local = await LocalOpenSubtitles.start()
    local.subtitles = [MATRIX, OFFICE]
    clients = []
    nowMs = Date.UTC(2026, 0, 1)
  })
  afterEach(async () => {
    for (const client of clients) await client.close()
    await local.close()
  })

  const clientOf = (options: Partial<OpenSubtitlesClientOptions> = {}, timeoutMs = TIMEOUT_MS): OpenSubtitlesClient => {
    const clock = { ...systemClock, nowMs: () => nowMs }
    const http = new HttpRequester({
      name: 'OpenSubtitles',
      clock,
      concurrency: 2,
      backOffMs: 1,
      maxAttempts: 3,
      timeoutMs,
    })
    const account = { username: '', password: '' }
    const client = new OpenSubtitlesClient({
      http,
      clock,
      apiKey: API_KEY,
      ...account,
      baseUrl: local.url,
      userAgent: 'Momoshtrem v0.1.0',
      ...options,
    })
    clients.push(client)
    return client
  }
  const codeOf = async (promise: Promise<unknown>): Promise<string> => {
    const error = await failureOf(promise)
    return error instanceof AppError ? error.code : String(error)
  }
  const messageOf = async (promise: Promise<unknown>): Promise<string> =>
    ((await failureOf(promise)) as AppError).message

  describe('search', () => {
    it('says all that the service does', async () => {
      expect(await clientOf().search(BY_ID, ['en'], never)).to.deep.equal([
        {
          fileId: '603',
          matchedBy: 'id',
          language: 'en',
          isForced: false,
          isHearingImpaired: false,
          isCommentary: false,
          releaseName: 'The.Matrix.1999.1080p.BluRay',
          fileName: 'The.Matrix.1999.1080p.BluRay.srt',
          downloads: 1000,
          fps: 23.976,
          isTrusted: true,
          isMachineTranslated: false,
        },
      ])
      const [request] = local.requests
      expect(request?.headers).to.include({ 'api-key': API_KEY, 'user-agent': 'Momoshtrem v0.1.0' })
      expect(request?.headers).not.to.have.property('authorization')
    })

    const asked: [string, Parameters<OpenSubtitlesClient['search']>[0], Record<string, string>][] = [
      [
        'the hash of the very file',
        { by: 'hash', hash: '8e245d9679d31e12', sizeBytes: 12_909_756 },
        {
          moviehash: '8e245d9679d31e12',
          moviebytesize: '12909756',
          moviehash_match: 'only',
        },
      ],
      ['a film by TMDB', BY_ID, { tmdb_id: '603' }],
      ['a film by IMDb', { by: 'id', tmdbId: null, imdbId: 'tt0133093' }, { imdb_id: '133093' }],
      [
        'an episode by its show',
        { by: 'id', tmdbId: 2316, imdbId: 'tt0386676', episode: { season: 2, episode: 3 } },
        {
          parent_tmdb_id: '2316',
          season_number: '2',
          episode_number: '3',
          type: 'episode',
        },
      ],
      [
        "an episode by its show's IMDb",
        { by: 'id', tmdbId: null, imdbId: 'tt0386676', episode: { season: 2, episode: 3 } },
        {
          parent_imdb_id: '386676',
          season_number: '2',
          episode_number: '3',
          type: 'episode',
        },
      ],
      [
        'a film by name',
        { by: 'name', title: 'The Matrix', year: 1999 },
        { query: 'the matrix', year: '1999', type: 'movie' },
      ],
      [
        'an episode by name',
        { by: 'name', title: 'The Office', year: 2005, episode: { season: 2, episode: 3 } },
        {
          query: 'the office',
          season_number: '2',
          episode_number: '3',
          type: 'episode',
        },
      ],
    ]
    for (const [name, search, query] of asked) {
      it(`asks for ${name}, as the service wants it asked`, async () => {
        const found = await clientOf().search(search, ['pt-BR', 'en'], never)
        expect(found.map(({ matchedBy }) => matchedBy)).to.deep.equal([search.by])
        expect(local.searches).to.deep.equal([{ ...query, languages: 'en,pt-br' }])
        expect(Object.keys(local.searches[0] ?? {})).to.deep.equal(Object.keys({ ...query, languages: '' }).sort())
      })
    }

    it('calls languages what the service does, and back', async () => {
      await clientOf().search(BY_ID, ['zh', 'pt', 'de-AT', 'zh-Hans', 'nb', 'es-419'], never)
      expect(local.searches[0]?.languages).to.equal('de,ea,no,pt-br,pt-pt,ze,zh-cn,zh-tw')
      local.subtitles = ['zh-tw', 'pt-pt', 'no', 'sp', 'x?', 'ea', 'ze'].map((language, i) => ({
        ...MATRIX,
        fileId: i + 1,
        language,
      }))
      const found = await clientOf().search(BY_ID, ['zh-Hant', 'pt', 'no', 'es', 'zh'], never)
      expect(found.map(({ language }) => language)).to.deep.equal(['zh-Hant', 'pt', 'nb', 'es-ES', 'es-419', 'zh'])
    })

    it('takes several pages, not all', async () => {
      local.pageSize = 10
      local.subtitles = Array.from({ length: 45 }, (_, i) => ({ ...MATRIX, fileId: i + 1 }))
      expect(await clientOf().search(BY_ID, ['en'], never)).to.have.length(30)
      expect(local.searches.map(({ page }) => page)).to.deep.equal([undefined, '2', '3'])
    })

    it('leaves out what is another film or episode, in parts, or damaged', async () => {
      local.subtitles = [
        { ...MATRIX, fileId: 1, year: 2003, title: 'The Matrix Reloaded' },
        { ...MATRIX, fileId: 2, year: 2000 },
        { ...MATRIX, fileId: 3, parts: 2 },
        { ...OFFICE, fileId: 4, episode: 4 },
      ]
      const found = await clientOf().search({ by: 'name', title: 'The Matrix', year: 1999 }, ['en'], never)
      expect(found.map(({ fileId }) => fileId)).to.deep.equal(['2'])
      const data = [
        null,
        7,
        {},
        { attributes: { files: [] } },
        { attributes: { language: 5, files: [{ file_id: 9 }] } },
      ]
      local.fault(/subtitles/, { kind: 'json', body: { data } })
      const [only, ...others] = await clientOf().search(BY_ID, ['en'], never)
      expect([only?.fileId, only?.language, only?.downloads, others.length]).to.deep.equal(['9', null, 0, 0])
    })

    const overcome: [string, Fault[]][] = [
      ['429 with the time to wait', [{ kind: 'status', status: 429, headers: { 'ratelimit-reset': '0' } }]],
      ['429 without', [{ kind: 'status', status: 429 }]],
      [
        '503 twice',
        [
          { kind: 'status', status: 503 },
          { kind: 'status', status: 503 },
        ],
      ],
      ['a page of another site', [{ kind: 'garbage' }]],
      ['an answer of another shape', [{ kind: 'json', body: { data: 'none' } }]],
      ['an answer that is cut off', [{ kind: 'truncated' }]],
      ['a connection that breaks', [{ kind: 'broken' }]],
      ['a redirect within the service', [{ kind: 'redirect', to: '/api/v1/subtitles?languages=en&tmdb_id=603' }]],
    ]
    for (const [name, faults] of overcome) {
      it(`asks again after ${name}`, async () => {
        for (const fault of faults) local.fault(/subtitles/, fault)
        expect(await clientOf().search(BY_ID, ['en'], never)).to.have.length(1)
        expect(local.requests).to.have.length(faults.length + 1)
      })
    }

    const failed: [string, Fault, string][] = [
      ['the key is refused', { kind: 'status', status: 403 }, 'unavailable'],
      [
        'too much is asked for a long time',
        { kind: 'status', status: 429, headers: { 'ratelimit-reset': '3600' } },
        'unavailable',
      ],
      ['it sends too much', { kind: 'huge', bytes: 5 * 1024 * 1024 }, 'unavailable'],
      ['it never answers', { kind: 'silent' }, 'timeout'],
    ]
    for (const [name, fault, code] of failed) {
      it(`fails with \`${code}\` when ${name}`, async () => {
        local.fault(/subtitles/, fault, 3)
        const timeoutMs = code === 'timeout' ? 100 : TIMEOUT_MS
        expect(await codeOf(clientOf({}, timeoutMs).search(BY_ID, ['en'], never))).to.equal(code)
      })
    }

    it('sends the key nowhere else', async () => {
      const other = await LocalOpenSubtitles.start()
      local.fault(/subtitles/, { kind: 'redirect', to: `${other.url}/subtitles?languages=en&tmdb_id=603` })
      expect(await codeOf(clientOf().search(BY_ID, ['en'], never))).to.equal('unavailable')
      local.fault(/subtitles/, { kind: 'redirect', to: '/api/v1/subtitles' }, 100)
      expect(await codeOf(clientOf().search(BY_ID, ['en'], never))).to.equal('unavailable')
      expect(other.requests).to.deep.equal([])
      await other.close()
    })

    it('ends with its signal', async () => {
      local.fault(/subtitles/, { kind: 'silent' })
      const reason = new Error('enough')
      const controller = new AbortController()
      const failing = failureOf(clientOf().search(BY_ID, ['en'], controller.signal))
      controller.abort(reason)
      expect(await failing).to.equal(reason)
    })
  })

  describe('download', () => {
    it('works without an account, as long as the service lets it', async () => {
      const { bytes, fileName } = await clientOf().download('603', never)
      expect([Buffer.from(bytes).equals(SRT), fileName]).to.deep.equal([true, 'The.Matrix.1999.1080p.BluRay.srt'])
      expect(local.paths).to.deep.equal(['download', '/files/603'])
      const link = local.requests[1]
      expect(link?.headers).not.to.have.any.keys('api-key', 'authorization')
      local.needsAccount = true
      expect(await messageOf(clientOf().download('603', never))).to.include('OPENSUBTITLES_USERNAME')
    })

    it('logs in once for all', async () => {
      const client = clientOf(ACCOUNT)
      await Promise.all([client.download('603', never), client.download('700', never)])
      await client.download('603', never)
      expect(local.paths.filter((path) => path === 'login')).to.have.length(1)
      expect(local.requests.at(-2)?.headers).to.include({ authorization: 'Bearer token-0' })
      expect(JSON.parse(local.requests.find(({ path }) => path === 'login')?.body ?? '')).to.deep.equal(ACCOUNT)
    })

    it('logs in anew, once, when its session ended', async () => {
      const client = clientOf(ACCOUNT)
      await client.download('603', never)
      local.endSessions()
      await client.download('603', never)
      expect(local.paths.slice(3)).to.deep.equal(['download', 'login', 'download', '/files/603'])
      local.fault(/download/, { kind: 'status', status: 401 }, 2)
      expect(await messageOf(client.download('603', never))).to.include('refuses the login')
    })

    it('does not repeat a login that is refused', async () => {
      const client = clientOf({ username: ACCOUNT.username, password: 'wrong' })
      for (let i = 0; i < 3; i++) expect(await codeOf(client.download('603', never))).to.equal('unavailable')
      expect(local.paths).to.deep.equal(['login'])
    })

    it('one who is impatient takes the login from no other', async () => {
      local.fault(/login/, { kind: 'slow', delayMs: 50 })
      const client = clientOf(ACCOUNT)
      const controller = new AbortController()
      const impatient = failureOf(client.download('603', controller.signal))
      const patient = client.download('603', never)
      controller.abort(new Error('enough'))
      expect(await impatient).to.include({ message: 'enough' })
      expect((await patient).bytes).to.have.length(SRT.length)
    })

    for (const named of [
      'api.opensubtitles.com',
      'evil.example',
      'opensubtitles.com.evil.example',
      'user@127.0.0.1:1',
      '',
    ]) {
      it(`stays where it is when the login names ${named || 'nothing'}`, async () => {
        local.loginBaseUrl = named
        expect((await clientOf(ACCOUNT).download('603', never)).bytes).to.have.length(SRT.length)
      })
    }

    it('says that the quota is used up, and asks no more until it is renewed', async () => {
      const client = clientOf()
      local.remaining = 1
      await client.download('603', never)
      const message = 'the downloads that OpenSubtitles allows are used up until 2026-01-01T07:00Z'
      for (let i = 0; i < 3; i++) {
        expect(await failureOf(client.download('603', never))).to.include({ code: 'unavailable', message })
      }
      expect(local.paths).to.deep.equal(['download', '/files/603', 'download'])
      local.remaining = 5
      nowMs = Date.UTC(2026, 0, 1, 7)
      await client.download('603', never)
      local.fault(/download/, { kind: 'status', status: 406, body: { message: 'Download limit reached: quota' } })
      expect(await messageOf(client.download('603', never))).to.match(/used up$/)
    })

    it('says `not_found` for what the service does not have, or has no more', async () => {
      for (const fileId of ['1', 'x', '', '1;2', '9'.repeat(30)]) {
        expect(await codeOf(clientOf().download(fileId, never))).to.equal('not_found')
      }
      expect(local.requests).to.have.length(1)
      local.fault(/files/, { kind: 'status', status: 404 })
      expect(await codeOf(clientOf().download('603', never))).to.equal('not_found')
    })

    for (const link of [
      'http://169.254.169.254/latest',
      'file:///etc/passwd',
      'http://www.opensubtitles.com/x',
      'nowhere',
    ]) {
      it(`follows no link to ${link}`, async () => {
        local.fault(/download/, { kind: 'json', body: { link, remaining: 5 } })
        expect(await codeOf(clientOf().download('603', never))).to.equal('unavailable')
        expect(local.requests).to.have.length(1)
      })
    }

    it('follows no link that leads there in the end', async () => {
      const other = await LocalOpenSubtitles.start()
      local.fault(/files/, { kind: 'redirect', to: `${other.origin}/files/603` })
      expect(await codeOf(clientOf().download('603', never))).to.equal('unavailable')
      expect(other.requests).to.deep.equal([])
      await other.close()
    })

    it('tries again twice at most, since each may count', async () => {
      local.fault(/download/, { kind: 'status', status: 503 }, 100)
      expect(await codeOf(clientOf().download('603', never))).to.equal('unavailable')
      expect(local.paths).to.deep.equal(['download', 'download'])
    })
  })

  it('tells its secrets to nobody who reads an error', async () => {
    const errors: unknown[] = []
    for (const status of [400, 401, 403, 406, 410, 429, 500]) {
      local.fault(/./, { kind: 'status', status, headers: { 'retry-after': '600' } }, 1)
      const client = clientOf(ACCOUNT)
      errors.push(await client.download('603', never).catch((error: unknown) => error))
      local.fault(/subtitles/, { kind: 'status', status, headers: { 'retry-after': '600' } }, 1)
      errors.push(await client.search(BY_ID, ['en'], never).catch((error: unknown) => error))
    }
    const texts = errors.map((error) => `${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`)
    expect(texts).to.have.length(14)
    for (const secret of [API_KEY, ACCOUNT.password, 'token-']) expect(texts.join('\n')).not.to.include(secret)
  })

  it('refuses a base URL that is none', () => {
    for (const baseUrl of ['nowhere', 'ftp://a.example', 'file:///x']) {
      expect(() => clientOf({ baseUrl }))
        .to.throw(AppError)
        .with.property('code', 'invalid')
    }
  })
})
