import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { runAtOnce } from '../../lib/domain/slices.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { differences } from '../../lib/tree/fingerprint.ts'
import type { LibraryTree } from '../../lib/tree/library-tree.ts'
import { TreeRefresher } from '../../lib/tree/refresher.ts'
import { asEpisode, asMovie, asSubtitle, torrentOf } from '../library/fixtures.ts'
import { outline, treeText } from '../support/tree-language.ts'

describe('the tree over the SQLite library', () => {
  let library: Library
  let refresher: TreeRefresher

  beforeEach(async () => {
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
    refresher = new TreeRefresher({
      reader: library,
      onCommitted: (listener) => library.onCommitted(listener),
      clock: systemClock,
      logger: silentLogger,
      metrics: noMetrics,
    })
    await refresher.start()
  })

  afterEach(async () => {
    await refresher.close()
    library.close()
  })

  /** The tree after what was committed, found complete by a comparison with all rows. */
  async function text(): Promise<string> {
    await refresher.settled()
    expect(runAtOnce(differences(() => refresher.current as LibraryTree, library.readAll()))).to.deep.equal([])
    return treeText(refresher.current)
  }

  it('follows adds, unassignments and deletions', async () => {
    const pack = torrentOf('Lost.S01', ['Lost.S01/a.mkv', 'Lost.S01/b.mkv', 'Lost.S01/info.txt'])
    library.addTorrent(pack, null, [asEpisode('Lost', 1, 1, 0), asEpisode('Lost', 1, [2, 3], 1)], false)
    const film = torrentOf('Heat', ['heat.mkv'])
    const { movies } = library.addTorrent(film, null, [asMovie('Heat', 0, { year: 1995 })], false)
    expect(await text()).to.equal(
      outline(`Movies/
                 Heat (1995)/
                   Heat (1995).mkv
               TV Shows/
                 Lost/
                   Season 01/
                     Lost - S01E01.mkv
                     Lost - S01E02-E03.mkv
               Unsorted/
                 Lost.S01/
                   info.txt`),
    )

    for (const { id } of movies) library.unassignMovie(id)
    library.deleteTorrent(pack.infoHash)
    expect(await text()).to.equal(
      outline(`Movies/
               TV Shows/
               Unsorted/
                 Heat/
                   heat.mkv`),
    )
  })

  it('shows subtitles beside their video, and where it is when it goes', async () => {
    const pack = torrentOf('Heat', ['Heat/heat.mkv', 'Heat/Subs/2_English.srt', 'Heat/Subs/3_English.srt'])
    const subtitles = [asSubtitle(1, 'en'), asSubtitle(2, 'en', 'sdh')]
    const { movies } = library.addTorrent(pack, null, [asMovie('Heat', 0, { subtitles })], false)
    expect(await text()).to.equal(
      outline(`Movies/
                 Heat/
                   Heat.mkv
                   Heat.en.srt
                   Heat.en.sdh.srt
               TV Shows/`),
    )
    const node = refresher.current.find('/Movies/Heat/Heat.en.srt')
    expect(node).to.include({ content: `${pack.infoHash}:1`, sizeBytes: 1001, mediaType: 'application/x-subrip' })

    library.addTorrent(torrentOf('Better', ['a.mkv']), null, [asMovie('Heat')], true)
    expect(await text()).to.equal(
      outline(`Movies/
                 Heat/
                   Heat.mkv
               TV Shows/`),
    )

    for (const { id } of movies) library.deleteMovie(id)
    expect(await text()).to.equal(
      outline(`Movies/
               TV Shows/
               Unsorted/
                 Better/
                   a.mkv
                 Heat/
                   Subs/
                     2_English.srt
                     3_English.srt
                   heat.mkv`),
    )
  })

  it('follows what a person does: trash, restored, purged, offline, subtitles and sidecars', async () => {
    const pack = torrentOf('Lost.S01', ['a.mkv', 'b.mkv', 'a.en.srt'])
    const subtitles = [asSubtitle(2, 'en')]
    const { shows } = library.addTorrent(
      pack,
      null,
      [asEpisode('Lost', 1, 1, 0, { subtitles }), asEpisode('Lost', 1, 2, 1)],
      false,
    )
    const { movies } = library.addTorrent(torrentOf('Heat', ['heat.mkv']), null, [asMovie('Heat')], false)
    const owner = { kind: 'movie', id: movies[0]!.id } as const
    const traits = { language: 'de', isForced: true, isHearingImpaired: false, isCommentary: false }
    const stored = {
      owner,
      source: 'upload',
      providerId: null,
      releaseName: null,
      format: 'vtt',
      sizeBytes: 7,
      ...traits,
    } as const
    const { id } = library.addSubtitle(stored)
    library.saveSidecars(owner, [{ role: 'poster', season: null, sizeBytes: 5, tag: 'x', imagePath: '/p.jpg' }])
    const first = { infoHash: pack.infoHash, fileIndex: 0 }
    library.trash({ kind: 'file', ...first })
    library.addOffline(first, 'Train/Lost.mkv')
    expect(await text()).to.equal(
      outline(`Movies/
                 Heat/
                   Heat.mkv
                   Heat.de.forced.vtt
                   poster.jpg
               TV Shows/
                 Lost/
                   Season 01/
                     Lost - S01E02.mkv
               Offline/
                 Train/
                   Lost.mkv
               Trash/
                 Lost/
                   Season 01/
                     Lost - S01E01.mkv
                     Lost - S01E01.en.srt`),
    )
    library.restore({ kind: 'show', id: shows[0]!.id })
    library.trash(owner)
    library.deleteSubtitle(id)
    library.removeOffline('Train')
    expect(await text()).to.equal(
      outline(`Movies/
               TV Shows/
                 Lost/
                   Season 01/
                     Lost - S01E01.mkv
                     Lost - S01E01.en.srt
                     Lost - S01E02.mkv
               Trash/
                 Heat/
                   Heat.mkv`),
    )
    library.purgeTrash(Number.MAX_SAFE_INTEGER)
    expect(await text()).to.not.include('Heat')
  })
})
