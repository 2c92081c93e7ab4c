import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import type { AppError } from '../../lib/domain/errors.ts'
import { episodeId, localContentId, movieId, showId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { readSubtitleName } from '../../lib/identify/subtitle-name.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { HttpRequester } from '../../lib/metadata/http-requester.ts'
import { LocalContentSource } from '../../lib/sidecars/local-content-source.ts'
import { OpenSubtitlesClient } from '../../lib/subtitles/opensubtitles-client.ts'
import { HASH_CHUNK_BYTES, osdbHash } from '../../lib/subtitles/osdb-hash.ts'
import { SubtitleService, type SubtitleServiceOptions } from '../../lib/subtitles/subtitle-service.ts'
import { asEpisode, asMovie, hashOf, movieMetadata, showMetadata, torrentOf } from '../library/fixtures.ts'
import { failureOf } from '../support/failure-of.ts'
import { API_KEY, LocalOpenSubtitles, type LocalSubtitle } from '../support/local-opensubtitles.ts'
import { encodeLegacy } from './legacy-encoder.ts'

const never = new AbortController().signal
const movie = { kind: 'movie', id: movieId(1) } as const
const episode = { kind: 'episode', id: episodeId(1) } as const
const SRT = '1\r\n00:00:01,000 --> 00:00:02,000\r\nHallo\r\n'
const SIZE = 1_000_000
const HASH = osdbHash(SIZE, new Uint8Array(HASH_CHUNK_BYTES).fill(1), new Uint8Array(HASH_CHUNK_BYTES).fill(2)) ?? ''

describe('SubtitleService', () => {
  let local: LocalOpenSubtitles
  let client: OpenSubtitlesClient
  let base: string
  let directory: string
  let library: Library
  let service: SubtitleService
  /** Whether the ends of files are in the cache. */
  let isStored: boolean

  beforeEach(async () => {
    local = await LocalOpenSubtitles.start()
    base = await mkdtemp(join(tmpdir(), 'subtitles-'))
    directory = join(base, 'subtitles')
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
    isStored = false
    const film = torrentOf('film', ['Film.mkv'])
    const files = film.files.map((file) => ({ ...file, sizeBytes: SIZE }))
    library.addTorrent({ ...film, files }, null, [asMovie('Film')], false)
    library.saveMovie(movieId(1), movieMetadata('Film', { tmdbId: 11, imdbId: 'tt0000012' }), null)
    library.addTorrent(torrentOf('show', ['a.mkv', 'b.mkv']), null, [asEpisode('Show', 2, 3, 0)], false)
    const http = new HttpRequester({ name: 'OpenSubtitles', clock: systemClock, backOffMs: 1, maxAttempts: 2 })
    client = new OpenSubtitlesClient({
      http,
      clock: systemClock,
      apiKey: API_KEY,
      username: '',
      password: '',
      baseUrl: local.url,
      userAgent: 'Momoshtrem v0.1.0',
    })
    service = open()
  })
  afterEach(async () => {
    await service.close()
    await service.close()
    await client.close()
    library.close()
    await local.close()
    await rm(base, { recursive: true })
  })

  const open = (options: Partial<SubtitleServiceOptions> = {}): SubtitleService =>
    new SubtitleService({
      store: library,
      provider: client,
      readStored: (_file, { start, end }) =>
        Promise.resolve(isStored ? new Uint8Array(end - start).fill(start === 0 ? 1 : 2) : undefined),
      traitsOf: readSubtitleName,
      directory,
      languages: ['en'],
      logger: silentLogger,
      ...options,
    })
  const subtitleOf = (fileId: number, more: Partial<LocalSubtitle> = {}): LocalSubtitle => ({
    fileId,
    language: 'en',
    release: `Film.2010.Release${fileId}`,
    title: 'Film',
    year: 2010,
    tmdbId: 11,
    bytes: Buffer.from(SRT),
    ...more,
  })
  const textOf = async (id: number): Promise<string> => await readFile(service.file(id).path, 'utf8')
  /** What the tree would show. */
  const rows = (): unknown[] =>
    [...library.readAll()].flatMap((row) => (row.kind === 'sidecar' ? [[row.content, row.sizeBytes]] : []))

  describe('search', () => {
    it('asks by id, for the languages of the settings; by name for those without a result', async () => {
      local.subtitles = [subtitleOf(1), subtitleOf(2, { tmdbId: 99, language: 'de' })]
      const found = await service.search(movie, {}, never)
      expect(found.map(({ fileId, matchedBy }) => [fileId, matchedBy])).to.deep.equal([['1', 'id']])
      expect(local.searches).to.deep.equal([{ languages: 'en', tmdb_id: '11' }])
      const more = await service.search(movie, { languages: ['de', 'en'] }, never)
      expect(more.map(({ fileId, matchedBy }) => [fileId, matchedBy])).to.deep.equal([
        ['2', 'name'],
        ['1', 'id'],
      ])
      expect(local.searches.slice(1)).to.deep.equal([
        { languages: 'de,en', tmdb_id: '11' },
        { languages: 'de', query: 'film', type: 'movie', year: '2010' },
      ])
    })

    it('asks for the very file first when its ends are in the cache, and merges what it finds', async () => {
      isStored = true
      local.subtitles = [
        subtitleOf(1, { downloads: 9000 }),
        subtitleOf(2, { hash: HASH, downloads: 5 }),
        subtitleOf(3, { downloads: 10_000, isTranslated: true }),
        subtitleOf(4, { downloads: 3, isTrusted: true }),
        subtitleOf(5, { language: 'de' }),
      ]
      const found = await service.search(movie, { languages: ['en', 'de'] }, never)
      expect(found.map(({ fileId, matchedBy }) => `${fileId} ${matchedBy}`)).to.deep.equal([
        '2 hash',
        '4 id',
        '1 id',
        '3 id',
        '5 id',
      ])
      expect(local.searches[0]).to.include({ moviehash: HASH, moviebytesize: String(SIZE) })
    })

    it('asks for an episode by its show and numbers, by name while no id is known', async () => {
      local.subtitles = [
        subtitleOf(7, { title: 'Show', season: 2, episode: 3, tmdbId: 21 }),
        subtitleOf(8, { title: 'Show', season: 2, episode: 4 }),
      ]
      const byName = await service.search(episode, {}, never)
      expect(byName.map(({ fileId, matchedBy }) => `${fileId} ${matchedBy}`)).to.deep.equal(['7 name'])
      library.saveShow(showId(1), showMetadata('Show', 1, { tmdbId: 21 }), null)
      const byId = await service.search(episode, {}, never)
      expect(byId.map(({ matchedBy }) => matchedBy)).to.deep.equal(['id'])
      expect(local.searches).to.deep.equal([
        { episode_number: '3', languages: 'en', query: 'show', season_number: '2', type: 'episode' },
        { episode_number: '3', languages: 'en', parent_tmdb_id: '21', season_number: '2', type: 'episode' },
      ])
    })

    it('fails where nothing can be asked', async () => {
      const error = (await failureOf(open({ provider: undefined as never }).search(movie, {}, never))) as AppError
      expect(error).to.include({ code: 'unavailable' })
      expect(error.message).to.include('OPENSUBTITLES_API_KEY')
      expect(await failureOf(service.search({ kind: 'movie', id: movieId(9) }, {}, never))).to.include({
        code: 'not_found',
      })
      local.isDown = true
      expect(await failureOf(service.search(movie, {}, never))).to.include({ code: 'unavailable' })
    })
  })

  describe('download', () => {
    it('keeps the text as UTF-8 and lists it beside the film', async () => {
      const text = `${SRT}Łódź jest piękna, żółta gęś`
      local.subtitles = [
        subtitleOf(1, { language: 'pl', isHearingImpaired: true, bytes: gzipSync(encodeLegacy(text, 'windows-1250')) }),
      ]
      await service.search(movie, { languages: ['pl'] }, never)
      const kept = await service.download(movie, { fileId: '1' }, never)
      expect(kept).to.deep.include({
        owner: movie,
        source: 'opensubtitles',
        providerId: '1',
        releaseName: 'Film.2010.Release1',
        format: 'srt',
        language: 'pl',
        isHearingImpaired: true,
        isForced: false,
        sizeBytes: Buffer.byteLength(text),
      })
      expect(await textOf(kept.id)).to.equal(text)
      expect(service.list(movie)).to.deep.equal([kept])
      expect(rows()).to.deep.equal([[localContentId('subtitle', kept.id), kept.sizeBytes]])
      const source = new LocalContentSource({
        store: library,
        images: null as never,
        subtitleFile: (id) => service.file(id),
      })
      const reader = await source.open(localContentId('subtitle', kept.id), { start: 0, end: 10 }, never)
      const bytes = Buffer.alloc(reader.sizeBytes)
      await reader.read(bytes, 0, never)
      reader.close()
      expect(bytes.toString()).to.equal(text)
    })

    it('goes by its name, or by what it is told, without a search before', async () => {
      local.subtitles = [subtitleOf(1, { release: 'Film.2010.de.forced' })]
      expect(await service.download(movie, { fileId: '1' }, never)).to.include({ language: 'de', isForced: true })
      const told = { fileId: '1', language: 'fr', isForced: false, releaseName: 'Mine' }
      expect(await service.download(movie, told, never)).to.include({
        language: 'fr',
        isForced: false,
        releaseName: 'Mine',
      })
    })

    it('replaces what was kept of the same, in whatever format it comes', async () => {
      local.subtitles = [subtitleOf(1)]
      const all = await Promise.all([1, 2, 3].map(() => service.download(movie, { fileId: '1' }, never)))
      expect(new Set(all.map(({ id }) => id)).size).to.equal(1)
      local.subtitles = [subtitleOf(1, { bytes: Buffer.from('WEBVTT\n\n00:01.000 --> 00:02.000\nHallo') })]
      const kept = await service.download(movie, { fileId: '1' }, never)
      expect(await readdir(directory)).to.deep.equal([`${kept.id}.vtt`])
      expect(service.list(movie)).to.deep.equal([kept])
    })

    it('keeps nothing of what is no subtitle, or comes too late', async () => {
      local.subtitles = [subtitleOf(1, { bytes: Buffer.from('<html>Log in</html>') }), subtitleOf(2)]
      expect(await failureOf(service.download(movie, { fileId: '1' }, never))).to.include({ code: 'unavailable' })
      expect(await failureOf(service.download(movie, { fileId: '9' }, never))).to.include({ code: 'not_found' })
      const controller = new AbortController()
      local.fault(/files/, { kind: 'silent' })
      const late = failureOf(service.download(movie, { fileId: '2' }, controller.signal))
      controller.abort(new Error('enough'))
      expect(await late).to.include({ message: 'enough' })
      const asked = local.requests.length
      const gone = { kind: 'movie', id: movieId(9) } as const
      expect(await failureOf(service.download(gone, { fileId: '2' }, never))).to.include({ code: 'not_found' })
      expect(local.requests).to.have.length(asked)
      expect([service.list(movie), rows()]).to.deep.equal([[], []])
    })
  })

  describe('upload', () => {
    it('takes what its name says, unless it is told', async () => {
      const bytes = Buffer.from('{1}{25}Hallo|Welt')
      const named = await service.upload(episode, { fileName: 'C:\\My Films\\Show.S02E03.pt-BR.sdh.sub', bytes }, never)
      expect(named).to.deep.include({
        owner: episode,
        source: 'upload',
        providerId: null,
        releaseName: 'Show.S02E03.pt-BR.sdh',
        format: 'sub',
        language: 'pt-BR',
        isHearingImpaired: true,
      })
      const told = await service.upload(
        episode,
        { fileName: '../x.srt', bytes, language: 'fr', isForced: true, isCommentary: true },
        never,
      )
      expect(told).to.deep.include({
        language: 'fr',
        isForced: true,
        isCommentary: true,
        isHearingImpaired: false,
        format: 'sub',
      })
      expect(service.list(episode)).to.deep.equal([named, told])
      expect((await readdir(directory)).sort()).to.deep.equal([`${named.id}.sub`, `${told.id}.sub`])
    })

    it('refuses what is no subtitle, and an owner that is not there', async () => {
      const page = { fileName: 'a.srt', bytes: Buffer.from('<html>') }
      expect(await failureOf(service.upload(movie, page, never))).to.include({ code: 'invalid' })
      const gone = { kind: 'episode', id: episodeId(99) } as const
      const sound = { fileName: 'a.srt', bytes: Buffer.from(SRT) }
      expect(await failureOf(service.upload(gone, sound, never))).to.include({ code: 'not_found' })
      expect(await readdir(directory)).to.deep.equal([])
    })

    it('lists nothing whose text cannot be written', async () => {
      await writeFile(directory, 'in the way')
      const sound = { fileName: 'a.srt', bytes: Buffer.from(SRT) }
      expect(await failureOf(service.upload(movie, sound, never))).to.be.instanceOf(Error)
      expect([service.list(movie), rows()]).to.deep.equal([[], []])
      await rm(directory)
      expect(await service.upload(movie, sound, never)).to.include({ format: 'srt' })
    })

    it('says when the disk is full', async function () {
      if (!existsSync('/dev/full')) this.skip()
      await mkdir(directory)
      await symlink('/dev/full', join(directory, '0.part'))
      const sound = { fileName: 'a.srt', bytes: Buffer.from(SRT) }
      expect(await failureOf(service.upload(movie, sound, never))).to.include({ code: 'storage_full' })
      expect(rows()).to.deep.equal([])
    })
  })

  it('deletes the row and the text', async () => {
    const { id } = await service.upload(movie, { fileName: 'a.en.srt', bytes: Buffer.from(SRT) }, never)
    await service.delete(id)
    expect([await readdir(directory), service.list(movie), rows()]).to.deep.equal([[], [], []])
    expect(await failureOf(service.delete(id))).to.include({ code: 'not_found' })
    expect(() => service.file(id))
      .to.throw()
      .with.property('code', 'not_found')
  })

  it('removes at its start what a crash, or a film that left, left behind', async () => {
    await service.start()
    const upload = { fileName: 'a.en.srt', bytes: Buffer.from(SRT) }
    const kept = await service.upload(movie, upload, never)
    const lost = await service.upload(movie, upload, never)
    const orphan = await service.upload(episode, upload, never)
    library.deleteTorrent(hashOf('show'))
    library.deleteShow(showId(1))
    await rm(service.file(lost.id).path)
    await writeFile(join(directory, '7.part'), 'half')
    await writeFile(join(directory, 'notes.txt'), 'of a person')
    await mkdir(join(directory, 'folder'))
    expect(await readdir(directory)).to.include(`${orphan.id}.srt`)
    service = open()
    await service.start()
    expect((await readdir(directory)).sort()).to.deep.equal([`${kept.id}.srt`, 'folder', 'notes.txt'])
    expect(service.list(movie)).to.deep.equal([kept])
  })
})
