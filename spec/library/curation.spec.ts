import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { FileKey, VersionPolicy } from '../../lib/domain/curation.ts'
import { episodeId, movieId, showId } from '../../lib/domain/ids.ts'
import type { Placement } from '../../lib/domain/library.ts'
import type { LibraryItem } from '../../lib/domain/library-rows.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { expectError, places } from '../contract/library.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { asEpisode, asMovie, asSubtitle, hashOf, torrentOf } from './fixtures.ts'

const DAY_MS = 86_400_000

describe('curation of the Library', () => {
  let clock: ManualClock
  let library: Library
  let changes: LibraryItem[][]

  const open = (versionPolicy: VersionPolicy, path = ':memory:') => {
    library?.close()
    changes = []
    library = openLibrary({ path, logger: silentLogger, clock, versionPolicy })
    library.onCommitted((change) => changes.push([...change.items]))
  }
  beforeEach(() => {
    clock = new ManualClock()
    open('all')
  })
  afterEach(() => library.close())

  const shown = () => {
    const all = places(library.readAll())
    const items = changes.flat()
    if (items.length > 0) expect(places(library.readItems(items))).to.deep.equal(all)
    return all
  }
  const add = (name: string, placement: Placement, isChosen = false, ...more: string[]): FileKey => {
    clock.advance(1000)
    library.addTorrent(torrentOf(name, [`${name}.mkv`, ...more]), null, [placement], isChosen)
    return { infoHash: hashOf(name), fileIndex: 0 }
  }
  const flags = () =>
    library.movie(movieId(1)).assignments.map((one) => {
      return `${one.filePath}${one.isActive ? '+' : ''}${one.isChosen ? '!' : ''}${one.trashedAtMs === null ? '' : '~'}`
    })
  const movie = { kind: 'movie', id: movieId(1) } as const

  describe('the trash', () => {
    it('takes a film with all its versions and subtitles, and gives it back as it was', () => {
      add('old', asMovie('Heat', 0, { subtitles: [asSubtitle(1, 'en')] }), false, 'old.srt')
      add('new', asMovie('Heat'), true)
      const before = places(library.readAll())
      clock.advance(5)
      expect(library.trash(movie)).to.equal(2)
      expect(shown()).to.deep.equal([
        'subtitle of 0, movie 1: old.srt',
        'trashed movie Heat (null): new.mkv',
        'trashed movie Heat (null): old.mkv',
      ])
      expect(changes.at(-1)).to.deep.equal([{ kind: 'movie', id: 1 }])
      expect(library.oldestTrashedAtMs()).to.equal(clock.nowMs())
      expectError('not_found', () => library.trash(movie))
      expect(library.restore(movie)).to.equal(2)
      expect(places(library.readAll())).to.deep.equal(before)
      expect(flags()).to.have.members(['new.mkv+!', 'old.mkv'])
      expect(library.oldestTrashedAtMs()).to.equal(undefined)
      expectError('not_found', () => library.restore(movie))
    })

    it('takes an episode, a season or a show, and keeps what is known of it', () => {
      const one = add('one', asEpisode('Dark', 1, 1))
      add('two', asEpisode('Dark', 1, 2))
      add('three', asEpisode('Dark', 2, 1))
      const id = showId(1)
      expect(library.trash({ kind: 'file', ...one })).to.equal(1)
      expect(shown()).to.include('trashed episode Dark (null) 1x1 null: one.mkv')
      expect(library.trash({ kind: 'season', showId: id, season: 1 })).to.equal(1)
      expect(library.trash({ kind: 'show', id })).to.equal(1)
      expect(shown().every((place) => place.startsWith('trashed'))).to.equal(true)
      expect(library.show(id)).to.include({ seasonCount: 2, episodeCount: 3, assignedCount: 0 })
      expect(library.restore({ kind: 'season', showId: id, season: 1 })).to.equal(2)
      expect(library.restore({ kind: 'show', id })).to.equal(1)
      expect(library.show(id)).to.include({ assignedCount: 3 })
      expectError('not_found', () => library.trash({ kind: 'season', showId: id, season: 3 }))
      expectError('not_found', () => library.trash({ kind: 'file', ...one, fileIndex: 7 }))
    })

    it('is purged of what is old; torrents left with no video are told', () => {
      const film = add('film', asMovie('Heat'), false, 'film.nfo')
      library.addTorrent(
        torrentOf('pack', ['a.mkv', 'b.mkv']),
        null,
        [asEpisode('Dark', 1, 1, 0), asEpisode('Dark', 1, 2, 1)],
        false,
      )
      const extra = add('extra', asMovie('Ronin'), false, 'unsorted.mkv')
      for (const file of [film, { infoHash: hashOf('pack'), fileIndex: 0 }, extra]) {
        library.trash({ kind: 'file', ...file })
      }
      const firstMs = clock.nowMs()
      expect(library.purgeTrash(firstMs)).to.deep.equal([])
      clock.advance(DAY_MS)
      library.trash({ kind: 'show', id: showId(1) })
      expect(library.purgeTrash(firstMs + 1)).to.deep.equal([hashOf('film')])
      expect(library.movie(movieId(1)).assignments).to.deep.equal([])
      expect(shown()).to.deep.equal([
        'trashed episode Dark (null) 1x2 null: b.mkv',
        'unsorted extra: unsorted.mkv',
        'unsorted film: film.nfo',
      ])
      expectError('not_found', () => library.restore({ kind: 'file', ...film }))
      library.addOffline({ infoHash: hashOf('pack'), fileIndex: 0 }, 'kept.mkv')
      expect(library.purgeTrash(clock.nowMs() + 1)).to.deep.equal([])
    })

    it('is left by a file that its torrent brings anew', () => {
      const film = add('film', asMovie('Heat'))
      library.trash({ kind: 'file', ...film })
      library.purgeTrash(clock.nowMs() + 1)
      expect(shown()).to.deep.equal([])
      add('film', asMovie('Heat'))
      expect(shown()).to.deep.equal(['movie Heat (null): film.mkv'])
    })

    it('keeps its files when the film is unassigned, and gives them up when it is deleted', () => {
      const old = add('old', asMovie('Heat'))
      add('new', asMovie('Heat'))
      library.trash({ kind: 'file', ...old })
      library.unassignMovie(movieId(1))
      expect(shown()).to.deep.equal(['trashed movie Heat (null): old.mkv', 'unsorted new: new.mkv'])
      library.deleteMovie(movieId(1))
      expect(shown()).to.deep.equal(['unsorted new: new.mkv', 'unsorted old: old.mkv'])
    })
  })

  describe('versions', () => {
    const hd = { resolution: '1080p' }
    const sd = { resolution: '480p' }

    it('are chosen by a person, whatever the policy, and replaced by the policy when deleted', () => {
      for (const policy of ['all', 'best'] as const) {
        open(policy)
        const small = add('small', asMovie('Heat', 0, sd))
        const large = add('large', asMovie('Heat', 0, hd))
        library.chooseVersion(small)
        expect(flags()).to.deep.equal(['small.mkv+!', 'large.mkv'])
        expect(changes.at(-1)).to.deep.equal([{ kind: 'movie', id: 1 }])
        expect(library.deleteVersion(small)).to.equal(small.infoHash)
        expect(flags()).to.deep.equal(['large.mkv+'])
        expect(shown()).to.deep.equal(['movie Heat (null): large.mkv'])
        expectError('not_found', () => library.deleteVersion(small))
        expectError('not_found', () => library.chooseVersion(small))
        library.trash({ kind: 'file', ...large })
        expectError('not_found', () => library.chooseVersion(large))
      }
    })

    it('give way to a better one by policy, and come back when it goes', () => {
      open('best')
      add('small', asMovie('Heat', 0, sd))
      const large = add('large', asMovie('Heat', 0, hd))
      expect(flags()).to.deep.equal(['large.mkv+', 'small.mkv'])
      library.trash({ kind: 'file', ...large })
      expect(flags()).to.have.members(['small.mkv+', 'large.mkv~'])
      library.restore({ kind: 'file', ...large })
      expect(flags()).to.deep.equal(['large.mkv+', 'small.mkv'])
      library.deleteTorrent(large.infoHash)
      expect(flags()).to.deep.equal(['small.mkv+'])
      expect(changes.at(-1)).to.deep.include({ kind: 'movie', id: 1 })
    })

    it('of an episode in two packs are decided by policy, a double one by both its episodes', () => {
      open('best')
      add('double', asEpisode('Dark', 1, [1, 2], 0, sd))
      add('first', asEpisode('Dark', 1, 1, 0, hd))
      expect(shown()).to.have.length(2)
      add('second', asEpisode('Dark', 1, 2, 0, hd))
      expect(shown()).to.deep.equal([
        'episode Dark (null) 1x1 null: first.mkv',
        'episode Dark (null) 1x2 null: second.mkv',
      ])
      library.unassignEpisode(episodeId(2))
      expect(shown()).to.deep.equal([
        'episode Dark (null) 1x1 null: first.mkv',
        'unsorted double: double.mkv',
        'unsorted second: second.mkv',
      ])
    })

    it('that a torrent leaves by being placed anew are filled in for', () => {
      open('smallest')
      add('small', asMovie('Heat'))
      library.addTorrent(torrentOf('large', ['x', 'l.mkv']), null, [asMovie('Heat', 1)], false)
      expect(flags()).to.deep.equal(['small.mkv+', 'l.mkv'])
      add('small', asMovie('Ronin'))
      expect(flags()).to.deep.equal(['l.mkv+'])
    })

    it('are brought in line when the library opens with another policy, but for the chosen', () => {
      const directory = mkdtempSync(join(tmpdir(), 'curation-spec-'))
      try {
        const path = join(directory, 'library.db')
        open('all', path)
        const small = add('small', asMovie('Heat', 0, sd))
        add('large', asMovie('Heat', 0, hd))
        add('double', asEpisode('Dark', 1, [1, 2], 0, sd))
        add('one', asEpisode('Dark', 1, 1, 0, hd))
        expect(shown()).to.have.length(4)
        open('smallest', path)
        expect(shown()).to.deep.equal(['episode Dark (null) 1x1-2 null: double.mkv', 'movie Heat (null): large.mkv'])
        library.chooseVersion(small)
        open('best', path)
        expect(flags()).to.deep.equal(['small.mkv+!', 'large.mkv'])
        expect(library.show(showId(1)).assignedCount).to.equal(2)
        open('all', path)
        expect(flags()).to.deep.equal(['small.mkv+!', 'large.mkv'])
        expect(shown()).to.have.length(3)
      } finally {
        library.close()
        rmSync(directory, { recursive: true })
      }
    })
  })

  describe('/Offline', () => {
    it('holds files by paths, compared without case, until path and all below are removed', () => {
      const film = add('film', asMovie('Heat'), false, '.pad/0')
      const other = add('other', asMovie('Ronin'))
      library.addOffline(film, 'Trip/Heat.mkv')
      library.addOffline(film, 'Trip/Heat.mkv')
      library.addOffline(film, 'Heat.mkv')
      library.addOffline(other, 'Trip/Sub/Ronin.mkv')
      expect(changes.at(-1)).to.deep.equal([{ kind: 'offline' }])
      expect(shown().filter((place) => place.startsWith('offline'))).to.deep.equal([
        'offline Heat.mkv: film.mkv',
        'offline Trip/Heat.mkv: film.mkv',
        'offline Trip/Sub/Ronin.mkv: other.mkv',
      ])
      for (const taken of ['TRIP/heat.mkv', 'trip', 'Heat.mkv/below']) {
        expectError('conflict', () => library.addOffline(other, taken))
      }
      for (const wrong of ['', '/a', 'a/', 'a//b', '..', 'a/./b']) {
        expectError('invalid', () => library.addOffline(film, wrong))
      }
      expectError('not_found', () => library.addOffline({ ...film, fileIndex: 1 }, 'pad'))
      expectError('not_found', () => library.addOffline({ ...film, fileIndex: 9 }, 'none'))
      expect(library.removeOffline('trip')).to.deep.equal([other])
      expectError('not_found', () => library.removeOffline('trip'))
      expect(library.removeOffline('HEAT.mkv')).to.deep.equal([film])
    })

    it('is told of when a torrent takes its files along', () => {
      const film = add('film', asMovie('Heat'))
      library.addOffline(film, 'a.mkv')
      library.deleteTorrent(film.infoHash)
      expect(changes.at(-1)).to.deep.include({ kind: 'offline' })
      expect(shown()).to.deep.equal([])
    })
  })

  it('fails with `aborted` when the library is closed', () => {
    library.close()
    expectError('aborted', () => library.purgeTrash(0))
    expectError('aborted', () => library.oldestTrashedAtMs())
  })
})
