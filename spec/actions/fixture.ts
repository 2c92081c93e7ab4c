import { LibraryDriveActions, type LibraryDriveActionsOptions } from '../../lib/actions/library-drive-actions.ts'
import { RememberedFolders } from '../../lib/actions/remembered-folders.ts'
import type { FileKey } from '../../lib/domain/curation.ts'
import { AppError } from '../../lib/domain/errors.ts'
import type { BackgroundFetcher } from '../../lib/domain/fetching.ts'
import { contentId, type InfoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { identifier } from '../../lib/identify/identifier.ts'
import { subtitleMatcher } from '../../lib/identify/subtitle-matcher.ts'
import { FileMatcher } from '../../lib/intake/file-matcher.ts'
import { openLibrary } from '../../lib/library/library.ts'
import { TreeRefresher } from '../../lib/tree/refresher.ts'
import { asEpisode, asMovie, asSubtitle, torrentOf } from '../library/fixtures.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { walk } from '../support/tree-language.ts'

/** Keeps what is to be kept, up to a number of files. */
export class CountingFetcher implements BackgroundFetcher {
  readonly whole = new Set<string>()
  room = 100

  fetchWhole(file: FileKey): void {
    const content = contentId(file.infoHash, file.fileIndex)
    if (!this.whole.has(content) && this.whole.size === this.room) throw new AppError('storage_full', 'no room')
    this.whole.add(content)
  }

  releaseWhole({ infoHash, fileIndex }: FileKey): void {
    this.whole.delete(contentId(infoHash, fileIndex))
  }

  warm(): void {}
  torrentChanged(): void {}
}

export type Drive = Awaited<ReturnType<typeof openDrive>>

/** The actions over the real library, tree, identifier and matcher, with some films, a show and torrents that are unsorted. */
export async function openDrive(overrides: Partial<LibraryDriveActionsOptions> = {}) {
  const clock = new ManualClock()
  const library = openLibrary({ path: ':memory:', logger: silentLogger, clock })
  const folders = new RememberedFolders(clock)
  const trees = new TreeRefresher({
    reader: library,
    emptyFolders: folders,
    onCommitted: (listener) => library.onCommitted(listener),
    clock,
    logger: silentLogger,
    metrics: noMetrics,
    offline: 'always',
  })
  fill(library)
  await trees.start()
  const fetcher = new CountingFetcher()
  const purged: InfoHash[] = []
  const actions = new LibraryDriveActions({
    trees,
    settled: () => trees.settled(),
    curation: library,
    matching: new FileMatcher({ library, identifier, subtitles: subtitleMatcher }),
    identifier,
    fetcher,
    deleteSubtitle: (id) => library.deleteSubtitle(id),
    onPurged: (hashes) => {
      purged.push(...hashes)
      for (const hash of hashes) library.deleteTorrent(hash)
    },
    folders,
    logger: silentLogger,
    ...overrides,
  })
  /** Every file's path. */
  const paths = (): string[] =>
    Array.from(walk(trees.current.root), ({ path, node }) => (node.kind === 'file' ? path : '')).filter(Boolean)
  /** What went (`-`) and what came (`+`) by some work, in the order of the listings. */
  const changes = async (work: () => unknown): Promise<string[]> => {
    const before = paths()
    await work()
    await trees.settled()
    const after = paths()
    return [
      ...before.filter((path) => !after.includes(path)).map((path) => `-${path}`),
      ...after.filter((path) => !before.includes(path)).map((path) => `+${path}`),
    ]
  }
  const close = async () => {
    folders.close()
    await trees.close()
    library.close()
  }
  return { clock, library, trees, fetcher, purged, actions, paths, changes, close }
}

function fill(library: ReturnType<typeof openLibrary>): void {
  const heat = torrentOf('Heat', ['Heat/heat.mkv', 'Heat/Subs/2_English.srt'])
  const { movies } = library.addTorrent(
    heat,
    null,
    [asMovie('Heat', 0, { year: 1995, subtitles: [asSubtitle(1, 'en')] })],
    false,
  )
  library.addTorrent(torrentOf('Alien', ['alien.mkv']), null, [asMovie('Alien', 0, { year: 1979 })], false)
  const lost = torrentOf('Lost.S01', ['l/Lost.S01E01.mkv', 'l/Lost.S01E02.mkv'])
  const episode = (season: number, number: number, index: number) =>
    asEpisode('Lost', season, number, index, { year: 2004 })
  library.addTorrent(lost, null, [episode(1, 1, 0), episode(1, 2, 1)], false)
  library.addTorrent(torrentOf('Lost.S02E01', ['Lost.S02E01.mkv']), null, [episode(2, 1, 0)], false)
  library.addTorrent(torrentOf('mystery', ['mystery/a.mkv', 'mystery/read me.txt']), null, [], false)
  library.addTorrent(torrentOf('Pack', ['Pack/x.S01E01.mkv', 'Pack/x.S01E02.mkv', 'Pack/sample.mkv']), null, [], false)
  for (const { id } of movies) {
    const owner = { kind: 'movie', id } as const
    const traits = { language: 'de', isForced: false, isHearingImpaired: false, isCommentary: false }
    library.addSubtitle({
      owner,
      source: 'upload',
      providerId: null,
      releaseName: null,
      format: 'srt',
      sizeBytes: 9,
      ...traits,
    })
    library.saveSidecars(owner, [{ role: 'nfo', season: null, sizeBytes: 5, tag: 'a', imagePath: null }])
  }
}
