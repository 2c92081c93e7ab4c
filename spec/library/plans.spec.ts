import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import type { ContainerInfo } from '../../lib/domain/container.ts'
import { episodeId, movieId, showId } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { asMovie, asSubtitle, hashOf, movieMetadata, seasonPack, showMetadata, torrentOf } from './fixtures.ts'

const golden = fileURLToPath(new URL('../golden/sql/', import.meta.url))
const PAGE = { limit: 50, offset: 100, query: 'a' }
const [season, episodes] = seasonPack('Show', 1, 2)
const hash = hashOf('film')
const subbed = asMovie('Film', 0, { subtitles: [asSubtitle(1, 'en')] })

const file = { infoHash: hash, fileIndex: 0 }
const CONTAINER: ContainerInfo = {
  format: 'other',
  index: [],
  durationSeconds: null,
  seekPoints: [],
  streams: { durationSeconds: 1, video: [], audio: [], subtitles: [] },
}
const NO_DETAILS = { resolution: null, source: null, subtitles: [] }
const POSITION = { ...file, positionBytes: 1, sizeBytes: 2, watchedAtMs: 3, isFinished: false }
const SIDECAR = { role: 'nfo', season: null, sizeBytes: 1, tag: 'a', imagePath: null } as const

/** The hot queries, each by the call that makes it. */
const CALLS: Record<string, (library: Library) => unknown> = {
  'read-all': (library) => [...library.readAll()],
  'read-items': (library) => [...library.readItems([{ kind: 'show', id: showId(1) }])],
  movies: (library) => library.movies(PAGE),
  movie: (library) => library.movie(movieId(1)),
  shows: (library) => library.shows(PAGE),
  show: (library) => library.show(showId(1)),
  episode: (library) => library.episode(episodeId(1)),
  torrent: (library) => library.torrent(hash),
  'movies-unassigned': (library) =>
    library.movies({ ...PAGE, query: '', sort: 'added', year: 2001, isAssigned: false }),
  'shows-assigned': (library) => library.shows({ ...PAGE, sort: 'year', isAssigned: true }),
  torrents: (library) => library.torrents({ limit: 50, offset: 0, query: 'a', sort: 'size' }),
  'placed-files': (library) => library.placedFiles(hash),
  source: (library) => library.source(hash),
  states: (library) => library.states(),
  'add-movie': (library) => library.addTorrent(torrentOf('other', ['a']), null, [asMovie('Film')], true),
  'add-episodes': (library) => library.addTorrent(season, null, episodes, true),
  'add-subtitles': (library) => library.addTorrent(torrentOf('subbed', ['a', 'b']), null, [subbed], false),
  'items-to-complete': (library) => library.itemsToComplete(0, 8),
  'next-due': (library) => library.nextDueAtMs(),
  'save-movie': (library) => library.saveMovie(movieId(1), movieMetadata('Film'), 5),
  'save-show': (library) => library.saveShow(showId(1), showMetadata('Show', 2), 5),
  'aired-episodes': (library) => library.airedEpisodes('2010-01-01', '2010-12-31'),
  'files-to-probe': (library) => library.filesToProbe(4),
  pins: (library) => [...library.pins()],
  'save-pin': (library) => library.savePin({ ...file, kind: 'ends', sizeBytes: 0, pieces: [], isComplete: false }),
  'load-container': (library) => library.loadContainer(file),
  'save-container': (library) => library.saveContainer(file, CONTAINER),
  'save-watch': (library) => library.saveWatch(POSITION),
  'find-watch': (library) => library.findWatch(file),
  unfinished: (library) => library.unfinished(10),
  'finished-episodes': (library) => library.finishedEpisodes(1, 10),
  'next-episode': (library) => library.nextEpisode({ infoHash: season.infoHash, fileIndex: 0 }),
  'stored-subtitles': (library) => library.subtitles({ kind: 'episode', id: episodeId(1) }),
  'subtitle-query': (library) => library.subtitleQuery({ kind: 'episode', id: episodeId(1) }),
  'sidecar-subject': (library) => library.sidecarSubject({ kind: 'episode', id: episodeId(1) }),
  'forget-sidecars': (library) => library.forgetSidecars(),
  'stale-sidecars': (library) => library.staleSidecars(4),
  'save-sidecars': (library) => library.saveSidecars({ kind: 'episode', id: episodeId(1) }, [SIDECAR]),
  search: (library) => library.search('a film', 10),
  match: (library) =>
    library.match(
      { infoHash: season.infoHash, fileIndex: 1 },
      { kind: 'episode', show: { title: 'Other', year: null }, season: 1, episodes: [1] },
      NO_DETAILS,
    ),
  'choose-version': (library) => library.chooseVersion({ infoHash: season.infoHash, fileIndex: 0 }),
  'trash-show': (library) => library.trash({ kind: 'show', id: showId(1) }),
  'restore-show': (library) => library.restore({ kind: 'show', id: showId(1) }),
  'trash-season': (library) => library.trash({ kind: 'season', showId: showId(1), season: 1 }),
  'trash-movie': (library) => library.trash({ kind: 'movie', id: movieId(1) }),
  'oldest-trashed': (library) => library.oldestTrashedAtMs(),
  'purge-trash': (library) => library.purgeTrash(Date.now() + 1e6),
  'delete-version': (library) => library.deleteVersion({ infoHash: season.infoHash, fileIndex: 1 }),
  'add-offline': (library) => library.addOffline(file, 'a/b.mkv'),
  'remove-offline': (library) => library.removeOffline('a'),
  'rematch-movie': (library) => library.rematchMovie(movieId(1), { title: 'Film', year: 2010, tmdbId: 1 }),
  'rematch-show': (library) => library.rematchShow(showId(1), { title: 'Show', year: 2011 }),
  'merge-shows': (library) => library.rematchShow(showId(2), { id: showId(1) }),
  export: (library) => [...library.exportLibrary()],
  postpone: (library) => library.postpone({ kind: 'show', id: showId(1) }, 6),
  'set-paused': (library) => library.setPaused(hash, true),
  'unassign-episode': (library) => library.unassignEpisode(episodeId(1)),
  'delete-show': (library) => library.deleteShow(showId(1)),
  'delete-movie': (library) => library.deleteMovie(movieId(1)),
  'delete-torrent': (library) => library.deleteTorrent(hash),
}

/** `UPDATE_GOLDEN=1 npx mocha spec/library/plans.spec.ts` writes them anew. */
describe('query plans', () => {
  let directory: string
  let library: Library
  let explainer: Database.Database
  let statements: string[]

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'library-plans-'))
    const path = join(directory, 'library.db')
    statements = []
    const onStatement = (sql: string) => statements.push(sql)
    library = openLibrary({ path, logger: silentLogger, clock: systemClock, onStatement })
    library.addTorrent(torrentOf('film', ['a']), null, [asMovie('Film')], false)
    library.addTorrent(season, null, episodes, false)
    explainer = new Database(path, { readonly: true })
    explainer.function('is_video_path', (path) => (path ? 1 : 0))
  })
  after(() => {
    explainer.close()
    library.close()
    rmSync(directory, { recursive: true })
  })

  /** The shape of the plan: each statement's first word, then its steps; the values of this run are not part of it. */
  const planOf = (sql: string): string => {
    const steps = explainer
      .prepare<[], { id: number; parent: number; detail: string }>(`explain query plan ${sql}`)
      .all()
    const depths = new Map([[0, 0]])
    const lines = steps.map((step) => {
      const depth = (depths.get(step.parent) ?? 0) + 1
      depths.set(step.id, depth)
      return `${'  '.repeat(depth)}${step.detail}`
    })
    const verb = /^\s*(\w+)(?:[\s\S]*?\b(?:from|into|update)\s+"?(\w+))?/i.exec(sql)
    return [`${verb?.[1]} ${verb?.[2] ?? ''}`.trim(), ...lines].join('\n')
  }

  for (const [name, call] of Object.entries(CALLS)) {
    it(`of ${name} are the golden ones, and walk no assignments but the item's or the torrent's`, () => {
      statements = []
      call(library)
      const plans = statements.filter((sql) => !/^(?:begin|commit|savepoint|release)/i.test(sql.trim())).map(planOf)
      expect(plans).to.not.be.empty
      const text = `${plans.join('\n\n')}\n`
      const file = join(golden, `${name}.txt`)
      if (process.env.UPDATE_GOLDEN) writeFileSync(file, text)
      expect(text).to.equal(readFileSync(file, 'utf8'))
      expect(text).to.not.match(/SCAN (?:torrent_assignments|a|v|torrent_files|f|episodes|e|seasons|s)\b/)
      if (name !== 'read-all') expect(text).to.not.match(/SCAN (?:torrent_subtitles|u)\b/)
      expect(text).to.not.match(/\(item_type=\?\)/)
    })
  }
})
