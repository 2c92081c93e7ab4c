import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { ContainerInfo } from '../../lib/domain/container.ts'
import type { Pin } from '../../lib/domain/fetching.ts'
import { type InfoHash, movieId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { WatchPosition } from '../../lib/domain/watching.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { asEpisode, asMovie, hashOf, seasonPack, torrentOf } from './fixtures.ts'

const gone = { infoHash: hashOf('gone'), fileIndex: 0 }
const fileOf = (torrent: string, fileIndex = 0) => ({ infoHash: hashOf(torrent), fileIndex })

describe('what the library keeps of files', () => {
  let library: Library
  let clock: ManualClock
  let told: number

  beforeEach(() => {
    clock = new ManualClock()
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock })
    told = 0
    library.onCommitted(() => told++)
  })
  afterEach(() => library.close())

  const add = (name: string, paths: string[], placements: Parameters<Library['addTorrent']>[2] = []) => {
    clock.advance(1000)
    library.addTorrent(torrentOf(name, paths), null, placements, false)
  }
  const addEpisode = (name: string, season: number, episodes: number | number[], show = 'Dark') =>
    add(name, ['a.mkv'], [asEpisode(show, season, episodes)])

  it('says when the disk is full, and finds what is to be probed all the same', () => {
    let isFull = false
    const onStatement = (sql: string): void => {
      if (isFull && !/^\s*select/i.test(sql)) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
    }
    const full = openLibrary({ path: ':memory:', logger: silentLogger, clock, onStatement })
    try {
      full.addTorrent(torrentOf('film', ['a.mkv']), null, [], false)
      isFull = true
      const pin = { ...fileOf('film'), kind: 'ends', sizeBytes: 1000, pieces: [], isComplete: true } as const
      expect(() => full.savePin(pin))
        .to.throw('no space left for the library')
        .with.property('code', 'storage_full')
      expect(full.filesToProbe(9)).to.have.length(1)
    } finally {
      isFull = false
      full.close()
    }
  })

  describe('pins', () => {
    const pin = (file: { infoHash: Pin['infoHash']; fileIndex: number }, more: Partial<Pin> = {}): Pin => {
      return {
        ...file,
        kind: 'ends',
        sizeBytes: 1000 + file.fileIndex,
        pieces: [{ first: 0, end: 2 }],
        isComplete: false,
        ...more,
      }
    }
    const toProbe = (limit = 100) => library.filesToProbe(limit).map((file) => `${file.infoHash}:${file.fileIndex}`)
    const names = (...files: { infoHash: string; fileIndex: number }[]) =>
      files.map((file) => `${file.infoHash}:${file.fileIndex}`)

    it('are replaced, deleted, and go with their torrent, untold', () => {
      add('film', ['a.mkv', 'b.mkv'])
      const before = told
      library.savePin(pin(fileOf('film')))
      const complete = pin(fileOf('film'), { isComplete: true, pieces: [] })
      library.savePin(complete)
      const whole = pin(fileOf('film'), { kind: 'whole' })
      library.savePin(whole)
      library.savePin(pin(gone))
      expect([...library.pins()]).to.deep.equal([complete, whole])
      library.deletePin(fileOf('film'), 'ends')
      library.deletePin(gone, 'ends')
      expect([...library.pins()]).to.deep.equal([whole])
      expect(told).to.equal(before)
      library.deleteTorrent(hashOf('film'))
      expect([...library.pins()]).to.deep.equal([])
    })

    it('come in the order in which they were first kept, however many, and may be saved meanwhile', () => {
      add(
        'pack',
        Array.from({ length: 1200 }, (_, i) => `${i}.mkv`),
      )
      const all = Array.from({ length: 1200 }, (_, i) => pin(fileOf('pack', 1199 - i)))
      for (const one of all) library.savePin(one)
      const seen: Pin[] = []
      for (const one of library.pins()) {
        library.savePin({ ...one, isComplete: true })
        seen.push(one)
      }
      expect(seen).to.deep.equal(all)
      expect([...library.pins()].every((one) => one.isComplete)).to.equal(true)
    })

    it('are asked for by the videos that show, the newest first', () => {
      add('old', ['a.mkv', 'note.txt', '.pad/1', 'c.mp4'], [asMovie('Film', 0)])
      add('new', ['d.bin'], [asMovie('Other', 0)])
      expect(library.filesToProbe(1)).to.deep.equal([{ ...fileOf('new'), sizeBytes: 1000, isPrivate: false }])
      expect(toProbe()).to.deep.equal(names(fileOf('new'), fileOf('old', 0), fileOf('old', 3)))
      for (const file of [fileOf('new'), fileOf('old', 0)]) library.savePin(pin(file, { pieces: [] }))
      expect(toProbe()).to.deep.equal(names(fileOf('old', 3)))
      library.savePin(pin(fileOf('old', 3)))
      expect(toProbe()).to.deep.equal([])
    })

    it('are asked for again when a file comes, is placed, or loses its pin', () => {
      add('pack', ['a.bin', 'b.mkv'])
      library.savePin(pin(fileOf('pack', 1)))
      expect(toProbe()).to.deep.equal([])
      add('pack', ['a.bin', 'b.mkv'], [asMovie('Film', 0)])
      expect(toProbe()).to.deep.equal(names(fileOf('pack', 0)))
      library.savePin(pin(fileOf('pack', 0)))
      expect(toProbe()).to.deep.equal([])
      library.deletePin(fileOf('pack', 1), 'ends')
      expect(toProbe()).to.deep.equal(names(fileOf('pack', 1)))
      library.trash({ kind: 'movie', id: movieId(1) })
      library.deletePin(fileOf('pack', 0), 'ends')
      expect(toProbe()).to.deep.equal(names(fileOf('pack', 1)))
      library.restore({ kind: 'movie', id: movieId(1) })
      expect(toProbe()).to.deep.equal(names(fileOf('pack', 0), fileOf('pack', 1)))
    })

    it('are looked for beyond many torrents that have theirs', () => {
      add('first', ['a.mkv'])
      for (let i = 0; i < 150; i++) {
        add(`${i}`, ['a.mkv'])
        library.savePin(pin(fileOf(`${i}`)))
      }
      expect(toProbe(1)).to.deep.equal(names(fileOf('first')))
    })
  })

  describe('containers', () => {
    const info: ContainerInfo = {
      format: 'matroska',
      index: [{ start: 10, end: 20 }],
      durationSeconds: 61.5,
      seekPoints: [0, 100, 200],
      streams: null,
    }

    it('come back as they were, are replaced, and go with their torrent', () => {
      add('film', ['a.mkv'])
      library.saveContainer(fileOf('film'), info)
      expect(library.loadContainer(fileOf('film'))).to.deep.equal(info)
      const streams = { durationSeconds: 61.5, video: [], audio: [], subtitles: [{ language: 'eng' }] }
      library.saveContainer(fileOf('film'), { ...info, streams })
      expect(library.loadContainer(fileOf('film'))).to.deep.equal({ ...info, streams })
      library.saveContainer(gone, info)
      expect(library.loadContainer(gone)).to.equal(undefined)
      expect(told).to.equal(1)
      library.deleteTorrent(hashOf('film'))
      expect(library.loadContainer(fileOf('film'))).to.equal(undefined)
    })
  })

  describe('positions', () => {
    const at = (torrent: string, watchedAtMs: number, isFinished = false): WatchPosition => {
      return { ...fileOf(torrent), positionBytes: 500, sizeBytes: 1000, watchedAtMs, isFinished }
    }
    const unfinished = (limit = 10) => library.unfinished(limit).map((position) => position.infoHash)

    it('are the last saved, untold, and go with their torrent', () => {
      add('film', ['a.mkv'])
      expect(library.findWatch(fileOf('film'))).to.equal(undefined)
      library.saveWatch(at('film', 1))
      library.saveWatch({ ...at('film', 2), positionBytes: 600 })
      library.saveWatch(at('gone', 3))
      expect(library.findWatch(fileOf('film'))).to.deep.equal({ ...at('film', 2), positionBytes: 600 })
      expect(library.findWatch(fileOf('gone'))).to.equal(undefined)
      expect(told).to.equal(1)
      library.deleteTorrent(hashOf('film'))
      expect(library.findWatch(fileOf('film'))).to.equal(undefined)
    })

    it('that are not finished: the last watched first, of files that show', () => {
      for (const name of ['film', 'episode', 'unsorted', 'seen']) {
        add(name, ['a.mkv'], name === 'film' ? [asMovie('Film')] : name === 'episode' ? [asEpisode('Dark', 1, 1)] : [])
      }
      for (const [i, name] of ['film', 'episode', 'unsorted'].entries()) library.saveWatch(at(name, i))
      library.saveWatch(at('seen', 9, true))
      expect(unfinished()).to.deep.equal(['unsorted', 'episode', 'film'].map(hashOf))
      expect(unfinished(1)).to.deep.equal([hashOf('unsorted')])
      library.trash({ kind: 'movie', id: movieId(1) })
      expect(unfinished()).to.deep.equal(['unsorted', 'episode'].map(hashOf))
      library.saveWatch(at('episode', 10, true))
      expect(unfinished()).to.deep.equal([hashOf('unsorted')])
    })

    it('that are finished: no more than the last 500, however many years were watched', () => {
      const [info, episodes] = seasonPack('Dark', 1, 501)
      library.addTorrent(info, null, episodes, false)
      addEpisode('other', 1, 1, 'Other')
      const watch = (hash: InfoHash, fileIndex: number, watchedAtMs: number) =>
        library.saveWatch({ infoHash: hash, fileIndex, positionBytes: 9, sizeBytes: 10, watchedAtMs, isFinished: true })
      watch(hashOf('other'), 0, 1)
      for (let index = 0; index < 499; index++) watch(info.infoHash, index, 10 + index)
      expect(library.finishedEpisodes(0, 10).map((one) => one.infoHash)).to.deep.equal([info.infoHash, hashOf('other')])
      watch(info.infoHash, 499, 1000)
      expect(library.finishedEpisodes(0, 10).map((one) => one.fileIndex)).to.deep.equal([499])
    })

    it('that are finished: of each show the last, since then, films and the unsorted not', () => {
      add('film', ['a.mkv'], [asMovie('Film')])
      add('unsorted', ['a.mkv'])
      for (const number of [1, 2, 3]) addEpisode(`dark ${number}`, 1, number)
      addEpisode('other', 1, 1, 'Other')
      for (const [i, name] of ['dark 2', 'other', 'dark 1', 'film', 'unsorted'].entries()) {
        library.saveWatch(at(name, 10 + i, true))
      }
      library.saveWatch(at('dark 3', 20))
      expect(library.finishedEpisodes(0, 10)).to.deep.equal([at('dark 1', 12, true), at('other', 11, true)])
      expect(library.finishedEpisodes(0, 1)).to.deep.equal([at('dark 1', 12, true)])
      expect(library.finishedEpisodes(12, 10)).to.deep.equal([at('dark 1', 12, true)])
    })
  })

  describe('the next episode', () => {
    const next = (torrent: string, fileIndex = 0) => library.nextEpisode(fileOf(torrent, fileIndex))

    it('is the one after, over gaps and seasons, in whatever torrent, of the same show', () => {
      const [info, placements] = seasonPack('Dark', 1, 3)
      library.addTorrent(
        info,
        null,
        placements.map((one) => ({ ...one, year: null })),
        false,
      )
      const pack = info.infoHash
      addEpisode('five', 1, 5)
      addEpisode('second season', 2, 2)
      addEpisode('other', 1, 4, 'Other')
      const of = (fileIndex: number) => library.nextEpisode({ infoHash: pack, fileIndex })
      expect([of(0), of(1), of(2)]).to.deep.equal([
        { infoHash: pack, fileIndex: 1 },
        { infoHash: pack, fileIndex: 2 },
        fileOf('five'),
      ])
      expect(next('five')).to.deep.equal(fileOf('second season'))
      expect([next('second season'), next('other'), next('gone')]).to.deep.equal([undefined, undefined, undefined])
    })

    it('follows the last of a double one, and is a special after specials only', () => {
      addEpisode('double', 1, [1, 2])
      addEpisode('two', 1, 2)
      addEpisode('three', 1, 3)
      addEpisode('special', 0, 1)
      addEpisode('other special', 0, 7)
      expect(next('double')).to.deep.equal(fileOf('three'))
      expect(next('three')).to.equal(undefined)
      expect(next('special')).to.deep.equal(fileOf('other special'))
      expect(next('other special')).to.equal(undefined)
    })

    it('is the version of the same torrent, else of the same resolution; none that is put aside', () => {
      const both = (resolution: string, paths: string[]) =>
        add(
          resolution,
          paths,
          paths.map((_, i) => asEpisode('Dark', 1, i + 1, i, { resolution })),
        )
      both('1080p', ['a.mkv', 'b.mkv'])
      both('720p', ['a.mkv', 'b.mkv'])
      add('lone', ['a.mkv'], [asEpisode('Dark', 1, 1, 0, { resolution: '720p' })])
      expect(next('1080p')).to.deep.equal(fileOf('1080p', 1))
      expect(next('720p')).to.deep.equal(fileOf('720p', 1))
      expect(next('lone')).to.deep.equal(fileOf('720p', 1))
      library.trash({ kind: 'file', ...fileOf('720p', 1) })
      expect(next('720p')).to.deep.equal(fileOf('1080p', 1))
    })

    it('is none of a film', () => {
      add('film', ['a.mkv'], [asMovie('Film')])
      add('sequel', ['a.mkv'], [asMovie('Film 2')])
      expect(next('film')).to.equal(undefined)
    })
  })
})
