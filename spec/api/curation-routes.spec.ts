import { expect } from 'chai'
import { ErrorAnswer } from '../../lib/api/schemas/common.ts'
import { FileJson, OfflineAnswer, TrashAnswer, WatchingAnswer } from '../../lib/api/schemas/curation.ts'
import { SearchAnswer } from '../../lib/api/schemas/system.ts'
import { movieId } from '../../lib/domain/ids.ts'
import { asEpisode, asMovie, asSubtitle } from '../library/fixtures.ts'
import { ApiFixture, hashOf } from '../support/fake-api.ts'

const A = hashOf('a')
const B = hashOf('b')
const C = hashOf('c')

describe('the REST routes of what a person says by hand', () => {
  let api: ApiFixture

  /** Two versions of a film, a season of three files with a double one, and a file that belongs nowhere. */
  beforeEach(async () => {
    api = await ApiFixture.start()
    const subtitles = [asSubtitle(1, 'en')]
    api.addTorrent('a', 'Heat.1995.720p', ['Heat.mkv', 'Heat.en.srt'], [asMovie('Heat', 0, { year: 1995, subtitles })])
    api.addTorrent('b', 'Heat.1995.2160p', ['Heat.UHD.mkv'], [asMovie('Heat', 0, { year: 1995, resolution: '2160p' })])
    const season = [asEpisode('Dark', 1, 1, 0), asEpisode('Dark', 1, [2, 3], 1), asEpisode('Dark', 2, 1, 2)]
    api.addTorrent('c', 'Dark', ['Dark/S01E01.mkv', 'Dark/S01E02E03.mkv', 'Dark/S02E01.mkv', 'Dark/x.mkv'], season)
  })
  afterEach(() => api.close())

  const file = async (id: string) => FileJson.parse((await api.call('GET', `/api/files/${id}`)).json)
  const error = async (method: string, path: string, body?: unknown) => {
    const { status, json } = await api.call(method, path, body)
    return [status, ErrorAnswer.parse(json).error.code]
  }

  describe('files', () => {
    it('tells where a file shows, with what shows beside it', async () => {
      const { subtitles, ...heat } = await file(`${A}:0`)
      expect(heat).to.include({ id: `${A}:0`, file_path: 'Heat.mkv', movie_id: 1, show_id: null, resolution: '1080p' })
      expect(subtitles.map(({ file_path, language }) => [file_path, language])).to.deep.equal([['Heat.en.srt', 'en']])
      expect(await file(`${C}:1`)).to.include({ show_id: 1, season: 1, episode: 2, movie_id: null })
      expect(await file(`${C.toUpperCase()}%3A3`)).to.include({ id: `${C}:3`, show_id: null, episode_id: null })
    })

    it('moves a file to a movie by id, by title, and to one that is not there yet', async () => {
      const { json } = await api.call('POST', `/api/files/${C}:3/match`, { movie_id: 1 })
      expect(FileJson.parse(json)).to.include({ movie_id: 1, file_path: 'Dark/x.mkv' })
      const named = await api.call('POST', `/api/files/${C}:3/match`, { movie: { title: 'heat', year: 1995 } })
      expect(named.json.movie_id).to.equal(1)
      await api.call('POST', `/api/files/${C}:3/match`, { movie: { title: 'Ronin', year: 1998, tmdb_id: 8195 } })
      const ronin = api.library.movies({ limit: 1, offset: 0, query: 'ronin' }).items[0]
      expect(ronin).to.include({ title: 'Ronin', tmdbId: 8195 })
      expect(ronin?.assignments[0]).to.include({ fileIndex: 3, isActive: true })
    })

    it('moves a file to an episode, and out of everything', async () => {
      const to = { show: { title: 'Lost' }, season: 2, episodes: [4, 5] }
      const { json } = await api.call('POST', `/api/files/${C}:3/match`, { episode: to })
      expect(json).to.include({ season: 2, episode: 4, movie_id: null })
      expect(api.library.show(json.show_id).title).to.equal('Lost')
      const again = await api.call('POST', `/api/files/${C}:3/match`, {
        episode: { show_id: 1, season: 9, episodes: [1] },
      })
      expect(again.json).to.include({ show_id: 1, season: 9, episode: 1 })
      const unsorted = await api.call('POST', `/api/files/${C}:3/match`, { unsorted: true })
      expect(unsorted.json).to.include({ show_id: null, episode_id: null })
    })

    it('looks a tmdb_id up where it can', async () => {
      const metadata = {
        movie: async (tmdbId: number) => ({ title: 'Ronin', year: 1998, tmdbId }),
        show: async (tmdbId: number) => ({ title: 'Lost', year: 2004, tmdbId, seasons: [] }),
      }
      const other = await ApiFixture.start({}, { metadata })
      other.addTorrent('a', 'x', ['x.mkv'])
      const movie = await other.call('POST', `/api/files/${A}:0/match`, { movie: { tmdb_id: 8195 } })
      const rematched = await other.call('POST', `/api/movies/${movie.json.movie_id}/match`, { tmdb_id: 8196 })
      const episode = { show: { tmdb_id: 4607 }, season: 1, episodes: [1] }
      const show = await other.call('POST', `/api/files/${A}:0/match`, { episode })
      const { title } = other.library.show(show.json.show_id)
      await other.close()
      expect(rematched.json).to.include({ title: 'Ronin', tmdb_id: 8196 })
      expect(title).to.equal('Lost')
    })

    it('refuses what names no file or no place', async () => {
      expect(await error('GET', `/api/files/${A}:9`)).to.deep.equal([404, 'not_found'])
      expect(await error('GET', `/api/files/${hashOf('f')}:0`)).to.deep.equal([404, 'not_found'])
      expect(await error('POST', `/api/files/${A}:9/match`, { movie_id: 1 })).to.deep.equal([404, 'not_found'])
      expect(await error('POST', `/api/files/${A}:0/match`, { movie_id: 99 })).to.deep.equal([404, 'not_found'])
      expect(await error('POST', `/api/files/${A}:1/match`, { movie_id: 1 })).to.deep.equal([400, 'invalid'])
      const match = (body: unknown) => error('POST', `/api/files/${A}:0/match`, body)
      for (const body of [
        {},
        { unsorted: false },
        { movie_id: 1, unsorted: true },
        { movie: {} },
        { movie: { title: 'x', plot: 'y' } },
        { episode: { show_id: 1, show: { title: 'x' }, season: 1, episodes: [1] } },
        { episode: { show_id: 1, season: 1, episodes: [] } },
        { episode: { show_id: 1, season: 1, episodes: [3, 2] } },
        { episode: { show_id: 1, season: 1e9, episodes: [1] } },
        { episode: { show_id: 1, episodes: [1] } },
      ]) {
        expect(await match(body), JSON.stringify(body)).to.deep.equal([400, 'invalid'])
      }
      expect(await match({ movie: { tmdb_id: 5 } })).to.deep.equal([503, 'unavailable'])
    })

    it('makes a version the active one', async () => {
      const active = () =>
        api.library
          .movie(movieId(1))
          .assignments.filter(({ isActive }) => isActive)
          .map(({ infoHash }) => infoHash)
      expect(active()).to.have.members([A, B])
      expect((await api.call('POST', `/api/files/${B}:0/activate`)).json).to.include({ id: `${B}:0`, movie_id: 1 })
      expect(active()).to.deep.equal([B])
      expect(await error('POST', `/api/files/${C}:3/activate`)).to.deep.equal([404, 'not_found'])
    })

    it('withdraws a version for good, and its torrent when nothing is left of it', async () => {
      expect((await api.call('DELETE', `/api/files/${C}:0`)).status).to.equal(204)
      expect(await file(`${C}:0`)).to.include({ show_id: null })
      expect(api.activity.removed).to.deep.equal([])
      expect((await api.call('DELETE', `/api/files/${B}:0`)).status).to.equal(204)
      expect(api.activity.removed).to.deep.equal([{ infoHash: B, deleteData: true }])
      expect(api.fetcher.changed).to.deep.equal([B])
      expect(await error('GET', `/api/files/${B}:0`)).to.deep.equal([404, 'not_found'])
      expect(await error('DELETE', `/api/files/${C}:0`)).to.deep.equal([404, 'not_found'])
    })
  })

  describe('the trash', () => {
    const trash = async (query = '') => TrashAnswer.parse((await api.call('GET', `/api/trash${query}`)).json)

    it('takes, lists, and gives back', async () => {
      expect((await api.call('POST', '/api/trash', { movie_id: 1 })).json).to.deep.equal({ files: 2 })
      expect((await api.call('POST', '/api/trash', { show_id: 1, season: 1 })).json).to.deep.equal({ files: 2 })
      const { items, total } = await trash()
      expect(total).to.equal(2)
      expect(items.map(({ type, title, files }) => [type, title, files.map((one) => one.file_path)])).to.deep.equal([
        ['show', 'Dark', ['Dark/S01E01.mkv', 'Dark/S01E02E03.mkv']],
        ['movie', 'Heat', ['Heat.mkv', 'Heat.UHD.mkv']],
      ])
      expect(items[0]?.files[1]).to.include({ id: `${C}:1`, season: 1, episode: 2 })
      expect((await trash('?limit=1&offset=1')).items.map(({ title }) => title)).to.deep.equal(['Heat'])

      expect((await api.call('POST', '/api/trash/restore', { file_id: `${C}:1` })).json).to.deep.equal({ files: 1 })
      expect((await api.call('POST', '/api/trash/restore', { movie_id: 1 })).json).to.deep.equal({ files: 2 })
      expect((await trash()).items.map(({ files }) => files.length)).to.deep.equal([1])
      expect(await error('POST', '/api/trash/restore', { movie_id: 1 })).to.deep.equal([404, 'not_found'])
    })

    it('is emptied of what is old, or of all, with the torrents that are left with nothing', async () => {
      await api.call('POST', '/api/trash', { movie_id: 1 })
      expect((await api.call('DELETE', '/api/trash?older_than_days=1')).json).to.deep.equal({ torrents_removed: [] })
      expect((await trash()).total).to.equal(1)
      const { torrents_removed: removed } = (await api.call('DELETE', '/api/trash')).json
      expect(removed).to.have.members([A, B])
      expect(api.activity.removed.map(({ infoHash }) => infoHash)).to.have.members([A, B])
      expect((await trash()).total).to.equal(0)
    })

    it('refuses what is not one thing', async () => {
      for (const body of [
        {},
        { movie_id: 1, show_id: 1 },
        { season: 1 },
        { movie_id: 1, season: 1 },
        { file_id: 'x' },
        { file_id: `${A}:9999999` },
      ]) {
        expect(await error('POST', '/api/trash', body), JSON.stringify(body)).to.deep.equal([400, 'invalid'])
      }
      expect(await error('POST', '/api/trash', { show_id: 7 })).to.deep.equal([404, 'not_found'])
      expect(await error('DELETE', '/api/trash?older_than_days=-1')).to.deep.equal([400, 'invalid'])
    })
  })

  describe('/Offline', () => {
    const keep = (id: string, body?: unknown) => api.call('POST', `/api/files/${id}/offline`, body)

    it('keeps a file under its path in the torrent, or another', async () => {
      expect(OfflineAnswer.parse((await keep(`${B}:0`)).json)).to.deep.equal({ id: `${B}:0`, path: 'Heat.UHD.mkv' })
      expect((await keep(`${C}:1`)).json.path).to.equal('Dark/S01E02E03.mkv')
      expect((await keep(`${A}:0`)).json.path).to.equal('Heat.1995.720p/Heat.mkv')
      expect((await keep(`${A}:0`)).json.path, 'the same again').to.equal('Heat.1995.720p/Heat.mkv')
      expect((await keep(`${C}:0`, { path: 'To watch/One: the first.mkv' })).json.path).to.equal(
        'To watch/One - the first.mkv',
      )
      expect([...api.fetcher.kept]).to.have.members([`${A}:0`, `${B}:0`, `${C}:0`, `${C}:1`])
      expect(api.trees.current.find('/Offline/To watch/One - the first.mkv')?.kind).to.equal('file')
    })

    it('lets it go from wherever it stands', async () => {
      await keep(`${B}:0`)
      await keep(`${B}:0`, { path: 'again.mkv' })
      expect((await api.call('DELETE', `/api/files/${B}:0/offline`)).status).to.equal(204)
      expect(api.fetcher.kept.size).to.equal(0)
      expect(await error('DELETE', `/api/files/${B}:0/offline`)).to.deep.equal([404, 'not_found'])
    })

    it('leaves nothing behind when the cache is full, but what was there', async () => {
      api.fetcher.isFull = true
      expect(await error('POST', `/api/files/${B}:0/offline`)).to.deep.equal([507, 'storage_full'])
      expect(await error('DELETE', `/api/files/${B}:0/offline`)).to.deep.equal([404, 'not_found'])
      api.fetcher.isFull = false
      await keep(`${B}:0`)
      api.fetcher.isFull = true
      await keep(`${B}:0`)
      expect((await api.call('DELETE', `/api/files/${B}:0/offline`)).status).to.equal(204)
    })

    it('refuses taken paths and none', async () => {
      await keep(`${B}:0`, { path: 'film.mkv' })
      expect(await error('POST', `/api/files/${A}:0/offline`, { path: 'FILM.mkv' })).to.deep.equal([409, 'conflict'])
      expect(await error('POST', `/api/files/${A}:9/offline`)).to.deep.equal([404, 'not_found'])
      expect(await error('POST', `/api/files/${A}:0/offline`, { path: '' })).to.deep.equal([400, 'invalid'])
    })
  })

  it('says what a person goes on with', async () => {
    const watch = (infoHash: typeof A, fileIndex: number, positionBytes: number, watchedAtMs: number) =>
      api.library.saveWatch({ infoHash, fileIndex, positionBytes, sizeBytes: 1000, watchedAtMs, isFinished: false })
    watch(A, 0, 250, 1000)
    watch(C, 1, 500, 3000)
    watch(C, 3, 1, 2000)
    const { items } = WatchingAnswer.parse((await api.call('GET', '/api/watching')).json)
    expect(items.map(({ id, title, season, progress }) => [id, title, season, progress])).to.deep.equal([
      [`${C}:1`, 'Dark', 1, 0.5],
      [`${C}:3`, null, null, 0.001],
      [`${A}:0`, 'Heat', null, 0.25],
    ])
    expect((await api.call('GET', '/api/watching?limit=1')).json.items).to.have.length(1)
    expect(await error('GET', '/api/watching?limit=0')).to.deep.equal([400, 'invalid'])
  })

  it('searches titles and names', async () => {
    const seasons = [{ number: 1, episodes: [{ number: 2, name: 'Dark Matters' }] }]
    api.library.createShow({ title: 'Lost', year: 2004, seasons })
    const { results } = SearchAnswer.parse((await api.call('GET', '/api/search?q=DARK')).json)
    expect(results.map(({ type, title, name }) => [type, title, name])).to.deep.equal([
      ['show', 'Dark', null],
      ['episode', 'Lost', 'Dark Matters'],
    ])
    expect((await api.call('GET', '/api/search?q=dark&limit=1')).json.results).to.have.length(1)
    for (const query of ['', '?q=', '?q=x&limit=501', '?q=x&sort=title']) {
      expect(await error('GET', `/api/search${query}`), query).to.deep.equal([400, 'invalid'])
    }
  })
})
