import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { localContentId, movieId, showId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { StreamDetails } from '../../lib/domain/metadata.ts'
import type { SidecarRole } from '../../lib/domain/sidecars.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { HttpRequester } from '../../lib/metadata/http-requester.ts'
import { ImageStore } from '../../lib/sidecars/image-store.ts'
import { LocalContentSource } from '../../lib/sidecars/local-content-source.ts'
import { SidecarKeeper } from '../../lib/sidecars/sidecar-keeper.ts'
import { asEpisode, asMovie, hashOf, movieMetadata, seasonPack, showMetadata, torrentOf } from '../library/fixtures.ts'
import { failureOf } from '../support/failure-of.ts'
import { JPEG, LocalTmdb } from '../support/local-tmdb.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

const ALL: readonly SidecarRole[] = ['nfo', 'poster', 'fanart', 'season-poster', 'thumb']
const never = new AbortController().signal
const MATRIX = movieMetadata('The Matrix', { tmdbId: 603, posterPath: '/p603.jpg', fanartPath: '/f603.jpg' })
const STREAMS: StreamDetails = {
  durationSeconds: 60,
  video: [{ codec: 'hevc', width: 1920, height: 1080, hdr: null }],
  audio: [],
  subtitles: [],
}

describe('SidecarKeeper', () => {
  let tmdb: LocalTmdb
  let directory: string
  let library: Library
  let clock: ManualClock
  let images: ImageStore
  let keeper: SidecarKeeper

  beforeEach(async () => {
    tmdb = await LocalTmdb.start()
    directory = await mkdtemp(join(tmpdir(), 'sidecars-'))
    clock = new ManualClock()
    library = openLibrary({ path: join(directory, 'library.sqlite'), logger: silentLogger, clock })
    open()
  })
  afterEach(async () => {
    await close()
    library.close()
    await tmdb.close()
    await rm(directory, { recursive: true })
    expect(clock.pendingTimers, 'timers left').to.equal(0)
  })

  /** As a start of the service. Requests run in real time, the keeper's own waits stand still. */
  const open = (roles = ALL): void => {
    const http = new HttpRequester({ name: 'the image server', clock: systemClock, backOffMs: 1, maxAttempts: 2 })
    images = new ImageStore({
      directory: join(directory, 'images'),
      http,
      imageBaseUrl: () => Promise.resolve(tmdb.imageUrl),
    })
    const statePath = join(directory, 'sidecars.json')
    keeper = new SidecarKeeper({
      store: library,
      images,
      roles,
      statePath,
      clock,
      logger: silentLogger,
      random: () => 1,
    })
  }
  const close = async (): Promise<void> => {
    await keeper.close()
    await keeper.close()
    await images.close()
  }
  const restart = async (roles = ALL): Promise<void> => {
    await close()
    open(roles)
    keeper.start()
  }

  /** Every sidecar that the tree would show, by its name or suffix. */
  const shown = (): string[] =>
    [...library.readAll()]
      .flatMap((row) => (row.kind === 'sidecar' ? [row] : []))
      .map(({ place }) => (place.at === 'item' ? place.fileName : place.at === 'video' ? `*${place.suffix}` : '?'))
      .sort()
  const read = async (id: number): Promise<string> => {
    const source = new LocalContentSource({ store: library, images, subtitleFile: () => expect.fail('no subtitle') })
    const { sizeBytes } = library.sidecar(id) ?? expect.fail(`no sidecar ${id}`)
    const reader = await source.open(localContentId('sidecar', id), { start: 0, end: sizeBytes }, never)
    const bytes = Buffer.alloc(reader.sizeBytes)
    expect(await reader.read(bytes, 0, never)).to.equal(sizeBytes)
    expect(await reader.read(Buffer.alloc(1), sizeBytes, never)).to.equal(0)
    reader.close()
    return bytes.toString()
  }
  const addMatrix = (): void => {
    library.addTorrent(torrentOf('matrix', ['m.mkv']), null, [asMovie('The Matrix')], false)
    library.saveMovie(movieId(1), MATRIX, null)
  }

  it('lists what the metadata of a film allows, and tells of it', async () => {
    let told = 0
    addMatrix()
    library.onCommitted(() => told++)
    keeper.start()
    await until(() => shown().length === 3)
    expect(shown()).to.deep.equal(['fanart.jpg', 'movie.nfo', 'poster.jpg'])
    expect(told).to.be.greaterThan(0)
    expect(tmdb.paths.toSorted()).to.deep.equal(['/t/p/w1280/f603.jpg', '/t/p/w780/p603.jpg'])
    const [nfo, poster] = library.sidecars({ kind: 'movie', id: movieId(1) })
    expect(nfo).to.include({ role: 'nfo', imagePath: null })
    expect(poster).to.include({ role: 'poster', sizeBytes: JPEG.length })
    expect(poster?.tag).to.match(/^[\w-]+$/)
    expect(await read(1))
      .to.include('<title>The Matrix</title>')
      .and.include('<uniqueid type="tmdb" default="true">603')
    expect(await read(2)).to.equal(JPEG.toString())
  })

  it('has none for a film without metadata', async () => {
    library.addTorrent(torrentOf('home', ['h.mkv']), null, [asMovie('Home Video')], false)
    keeper.start()
    await asleep()
    expect(shown()).to.deep.equal([])
  })

  it('makes those of a show, its seasons and its episodes, with a file of two episodes as one text', async () => {
    library.addTorrent(
      torrentOf('show', ['a.mkv', 'b.mkv']),
      null,
      [asEpisode('Show', 1, [1, 2], 0), asEpisode('Show', 1, 3, 1)],
      false,
    )
    const metadata = showMetadata('Show', 4, { posterPath: '/p.jpg' })
    const [season] = metadata.seasons
    const episodes = (season?.episodes ?? []).map((one) => ({ ...one, stillPath: `/still${one.number}.jpg` }))
    library.saveShow(
      showId(1),
      { ...metadata, seasons: [{ number: 1, name: null, posterPath: '/s1.jpg', episodes }] },
      null,
    )
    keeper.start()
    await until(() => shown().length === 7)
    expect(shown()).to.deep.equal([
      '*-thumb.jpg',
      '*-thumb.jpg',
      '*.nfo',
      '*.nfo',
      'poster.jpg',
      'season01-poster.jpg',
      'tvshow.nfo',
    ])
    const rows = [...library.readAll()].flatMap((row) => (row.kind === 'sidecar' ? [row] : []))
    const double = rows.find(
      (row) => row.place.at === 'video' && row.place.suffix === '.nfo' && row.place.videoIndex === 0,
    )
    const text = await read(Number(double?.content.split(':')[2]))
    expect(text.match(/<episodedetails>/g)).to.have.length(2)
    expect(tmdb.paths).to.include.members(['/t/p/w300/still1.jpg', '/t/p/w300/still3.jpg'])
    expect(tmdb.paths).not.to.include('/t/p/w300/still2.jpg')
  })

  it('makes anew what became another, and leaves a reader of the former text no wrong byte', async () => {
    keeper.start()
    addMatrix()
    await until(() => shown().length === 3)
    const before = await read(1)
    await keeper.close()
    library.saveContainer(
      { infoHash: hashOf('matrix'), fileIndex: 0 },
      {
        format: 'mp4',
        index: [],
        durationSeconds: 60,
        seekPoints: [],
        streams: STREAMS,
      },
    )
    expect(await failureOf(read(1))).to.include({ code: 'not_found' })
    open()
    keeper.start()
    await until(() => library.sidecar(1)?.sizeBytes !== before.length)
    expect(await read(1)).to.include('<codec>hevc</codec>')
    expect(before).not.to.include('<codec>')
  })

  it('makes the kinds of its setting, and others when the setting does', async () => {
    addMatrix()
    await restart(['nfo'])
    await until(() => shown().length === 1)
    expect(tmdb.requests).to.deep.equal([])
    await restart(['poster'])
    await until(() => shown().join() === 'poster.jpg')
    await restart([])
    await until(() => shown().length === 0)
    await restart()
    await until(() => shown().length === 3)
  })

  it('makes all anew after a start with another setting that did not get far', async () => {
    addMatrix()
    await restart(['nfo'])
    await until(() => shown().length === 1)
    await asleep()
    await restart([])
    await close() // before it could make any
    library.saveSidecars({ kind: 'movie', id: movieId(1) }, [])
    open(['nfo'])
    keeper.start()
    await until(() => shown().length === 1)
  })

  it('makes nothing twice at a start without change', async () => {
    addMatrix()
    keeper.start()
    await until(() => shown().length === 3)
    await asleep()
    let told = 0
    library.onCommitted(() => told++)
    await restart()
    await asleep()
    expect([told, library.staleSidecars(10).length, tmdb.requests.length]).to.deep.equal([0, 0, 2])
  })

  it('lists the text while images cannot be had, waits longer each time, and gets them then', async () => {
    tmdb.isDown = true
    addMatrix()
    keeper.start()
    await until(() => clock.pendingTimers === 1)
    expect(shown()).to.deep.equal(['movie.nfo'])
    for (const waitS of [30, 60, 120]) {
      const asked = tmdb.requests.length
      clock.advance(waitS * 1000 - 1)
      await quiet()
      expect(tmdb.requests).to.have.length(asked)
      clock.advance(1)
      await until(() => clock.pendingTimers === 1 && tmdb.requests.length > asked)
    }
    tmdb.isDown = false
    clock.advance(240_000)
    await until(() => shown().length === 3)
  })

  it('gets images after a restart that a former run could not', async () => {
    tmdb.isDown = true
    addMatrix()
    keeper.start()
    await until(() => clock.pendingTimers === 1)
    await close()
    tmdb.isDown = false
    open()
    keeper.start()
    await until(() => shown().length === 3)
  })

  it('leaves out an image that the provider has no more, and one whose path is none', async () => {
    library.addTorrent(torrentOf('matrix', ['m.mkv']), null, [asMovie('The Matrix')], false)
    library.saveMovie(movieId(1), { ...MATRIX, posterPath: '/missing.jpg', fanartPath: '/../../etc/passwd' }, null)
    keeper.start()
    await until(() => tmdb.requests.length === 1 && shown().length === 1)
    await asleep()
    expect(shown()).to.deep.equal(['movie.nfo'])
    expect(clock.pendingTimers).to.equal(0)
  })

  it('fetches an image again that was lost from its directory', async () => {
    addMatrix()
    keeper.start()
    await until(() => shown().length === 3)
    await rm(join(directory, 'images'), { recursive: true })
    expect(await read(2)).to.equal(JPEG.toString())
    expect(await readFile(join(directory, 'images', 'poster-p603.jpg'))).to.have.length(JPEG.length)
  })

  it('lets the event loop turn while it makes a long season', async () => {
    const [info, placements] = seasonPack('Long', 1, 400)
    library.addTorrent(info, null, placements, false)
    library.saveShow(showId(1), showMetadata('Long', 400), null)
    let turns = 0
    let isDone = false
    const turn = (): void => {
      turns++
      if (!isDone) setImmediate(turn)
    }
    await restart(['nfo'])
    setImmediate(turn)
    await until(() => shown().length === 401).finally(() => {
      isDone = true
    })
    expect(turns).to.be.greaterThan(10)
  })

  it('waits when the library fails, and ends when it closes meanwhile', async () => {
    addMatrix()
    const { staleSidecars } = library
    library.staleSidecars = () => {
      throw new Error('the database is locked')
    }
    keeper.start()
    await until(() => clock.pendingTimers === 1)
    library.staleSidecars = staleSidecars
    clock.advance(60_000)
    await until(() => shown().length === 3)
    tmdb.fault(/t\/p/, { kind: 'silent' }, 2)
    library.saveMovie(movieId(1), { ...MATRIX, posterPath: '/new.jpg' }, null)
    await until(() => tmdb.running === 1)
  })

  it('goes on without its note', async () => {
    await mkdir(join(directory, 'sidecars.json'))
    addMatrix()
    keeper.start()
    await until(() => shown().length === 3)
  })

  const quiet = (): Promise<void> => setTimeout(30)
  /** Until the run that a start just began has made all, and noted it. */
  const asleep = async (): Promise<void> => {
    await quiet()
    const isNoted = (): boolean => /"isComplete":true/.test(readFileSync(join(directory, 'sidecars.json'), 'utf8'))
    await until(() => tmdb.running === 0 && library.staleSidecars(1).length === 0 && isNoted())
  }
})
