import { LibraryDriveActions } from '../actions/library-drive-actions.ts'
import type { RememberedFolders } from '../actions/remembered-folders.ts'
import { TrashKeeper } from '../actions/trash-keeper.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { Matching } from '../domain/intake.ts'
import type { PieceFetcher } from '../fetching/piece-fetcher.ts'
import { identifier } from '../identify/identifier.ts'
import type { Library } from '../library/library.ts'
import type { TreeRefresher } from '../tree/refresher.ts'
import type { Base } from './parts.ts'
import type { Torrents } from './torrents.ts'

const DAY_MS = 24 * 60 * 60_000

export interface CurationNeeds {
  readonly library: Library
  readonly torrents: Torrents
  readonly trees: TreeRefresher
  readonly fetcher: PieceFetcher
  readonly matching: Matching
  readonly folders: RememberedFolders
  readonly deleteSubtitle: (id: number) => Promise<void> | void
}

export interface Curation {
  readonly trash: TrashKeeper
  readonly actions: LibraryDriveActions
}

/** The library as people change it through the drive, and the trash. */
export function createCuration(base: Base, needs: CurationNeeds): Curation {
  const { config, clock, logger, parts } = base
  const { library, torrents, trees, fetcher, matching, folders, deleteSubtitle } = needs
  const onPurged = async (infoHashes: readonly InfoHash[]): Promise<void> => {
    for (const infoHash of infoHashes) {
      library.deleteTorrent(infoHash)
      await torrents.activity.remove(infoHash, true)
      fetcher.torrentChanged(infoHash)
    }
  }
  const trash = parts.own(
    'trash',
    new TrashKeeper({
      curation: library,
      onCommitted: (listener) => library.onCommitted(listener),
      onPurged,
      clock,
      logger,
      keepMs: config.trashDays * DAY_MS,
    }),
  )
  const actions = new LibraryDriveActions({
    trees,
    settled: () => trees.settled(),
    curation: library,
    matching,
    identifier,
    fetcher,
    deleteSubtitle,
    onPurged,
    folders,
    logger,
  })
  return { trash, actions }
}
