import Database from 'better-sqlite3'
import { expect } from 'chai'
import { LocalTmdb, V3_KEY } from '../support/local-tmdb.ts'
import { Drive, missing, skip } from './drive.ts'
import { Kodi, until } from './kodi.ts'

const SCAN_MS = 120_000
const NFO_MS = 60_000
const NFOS = ['Movies/Moov Last (2022)/movie.nfo', 'TV Shows/Colour Bars (2020)/tvshow.nfo']

describe("Kodi's library, by local information only", function () {
  this.timeout(300_000)
  let reason: string | undefined
  let tmdb: LocalTmdb
  let drive: Drive
  let kodi: Kodi
  let root = ''

  before(async function () {
    reason = await missing('kodi', 'xvfb-run')
    if (reason !== undefined) return skip(this, reason)
    tmdb = await LocalTmdb.start()
    tmdb.movies = [{ id: 7, title: 'Moov Last', date: '2022-05-01' }]
    const episodes = [1, 2, 3].map((number) => ({ name: `Bar ${number}`, airDate: '2020-01-01' }))
    tmdb.shows = [{ id: 8, title: 'Colour Bars', date: '2020-01-01', seasons: { 1: episodes } }]
    drive = await Drive.start({ TMDB_API_KEY: V3_KEY, TMDB_BASE_URL: tmdb.url })
    for (const path of NFOS) {
      await until(NFO_MS, `${path} is there`, async () => {
        const { status } = await fetch(drive.service.url(path), { method: 'HEAD' })
        return status === 200 ? true : undefined
      })
    }
    root = drive.service.driveUrl.replace('http://', 'dav://')
    kodi = await Kodi.start(root)
  })
  after(async () => {
    if (reason !== undefined) return
    await kodi?.close()
    await tmdb?.close()
    expect(await drive?.close()).to.equal(0)
  })

  /** As a person sets the content of a folder, with the scraper that reads files beside the videos and nothing else. */
  function setContent(path: string, content: 'movies' | 'tvshows'): void {
    const database = new Database(kodi.videoDatabase)
    try {
      const isMovies = content === 'movies' ? 1 : 0
      database
        .prepare(
          `INSERT INTO path (strPath, strContent, strScraper, scanRecursive, useFolderNames, noUpdate, exclude)
           VALUES (?, ?, 'metadata.local', ?, ?, 0, 0)`,
        )
        .run(path, content, isMovies * 2_147_483_647, isMovies)
    } finally {
      database.close()
    }
  }

  it('has the film with the title, plot and ids of its .nfo', async () => {
    const directory = `${root}Movies/`
    setContent(directory, 'movies')
    await kodi.call('VideoLibrary.Scan', { directory, showdialogs: false })
    const movie = await until(SCAN_MS, 'the film is in the library', async () => {
      const properties = ['plot', 'year', 'tagline', 'uniqueid', 'genre', 'art']
      const { movies = [] } = await kodi.call('VideoLibrary.GetMovies', { properties })
      return movies[0]
    })
    expect(movie).to.deep.include({
      label: 'Moov Last',
      year: 2022,
      plot: 'What happens in 7.',
      tagline: 'A line of its own.',
      genre: ['Action', 'Science Fiction'],
      uniqueid: { tmdb: '7', imdb: 'tt0000007' },
    })
    expect(movie.art.poster).to.include('poster.jpg')
  })

  it('has the show and its episodes', async () => {
    const directory = `${root}TV%20Shows/`
    setContent(directory, 'tvshows')
    await kodi.call('VideoLibrary.Scan', { directory, showdialogs: false })
    const episodes = await until(SCAN_MS, 'three episodes are in the library', async () => {
      const properties = ['plot', 'showtitle']
      const answer = await kodi.call('VideoLibrary.GetEpisodes', { properties })
      return answer.episodes?.length === 3 ? answer.episodes : undefined
    })
    // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
    const texts = episodes.map(({ showtitle, label, plot }: any) => `${showtitle}, ${label}: ${plot}`)
    expect(texts.toSorted()).to.deep.equal(
      [1, 2, 3].map((number) => `Colour Bars, 1x0${number}. Bar ${number}: What happens in 1x${number}.`),
    )
  })
})
