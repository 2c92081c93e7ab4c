import { throwIfAborted } from '../domain/abort.ts'
import type { LibraryCuration } from '../domain/curation.ts'
import type { DriveActions } from '../domain/drive-actions.ts'
import type { BackgroundFetcher } from '../domain/fetching.ts'
import type { Identifier } from '../domain/identify.ts'
import { type InfoHash, isLocalContent, parseLocalContentId } from '../domain/ids.ts'
import type { Matching } from '../domain/intake.ts'
import type { Logger } from '../domain/logger.ts'
import type { FileNode, Tree, TreeSource } from '../domain/tree.ts'
import { type DrivePath, fileKeyOf, filesBelow, isMain, nodeAt, parsePath, readOnly } from './drive-path.ts'
import { OfflineActions } from './offline-actions.ts'
import type { RememberedFolders } from './remembered-folders.ts'
import { RenameActions, trashTargetOf } from './rename-actions.ts'

export interface LibraryDriveActionsOptions {
  readonly trees: TreeSource
  /** Resolves when the tree shows every change that was committed. */
  readonly settled: () => Promise<void>
  readonly curation: LibraryCuration
  readonly matching: Matching
  readonly identifier: Identifier
  readonly fetcher: BackgroundFetcher
  /** A subtitle that a person brought or chose, its text with it. */
  readonly deleteSubtitle: (id: number) => Promise<void> | void
  /** Torrents of which nothing is left to show: they are to be removed. */
  readonly onPurged: (infoHashes: readonly InfoHash[]) => Promise<void> | void
  /** Those that the tree shows too. */
  readonly folders: RememberedFolders
  readonly logger: Logger
}

const LIBRARY: ReadonlySet<string> = new Set(['Movies', 'TV Shows'])
const SORTED: ReadonlySet<string> = new Set(['Movies', 'TV Shows', 'Unsorted'])

/**
 * Texts and images that are generated beside an item cannot be deleted: they are there as long as it is. Yet a mount
 * deletes a folder file by file, in an order of its own: `rm -rf` and Explorer stop, or complain, at the first one that is
 * refused, and rclone's `purge` leaves the rest of the folder where it is. So deleting one succeeds and does nothing; once
 * the film is in the trash it is gone with it, and alone it shows again at the next listing.
 */
function isGenerated(tree: Tree, path: DrivePath): boolean {
  const node = tree.find(path.text)
  if (node?.kind !== 'file' || !isLocalContent(node.content)) return false
  return parseLocalContentId(node.content).kind === 'sidecar'
}

/**
 * The drive as the library's user interface. Each action has reached the library, and shows, when it resolves; one that
 * fails has changed nothing, unless it says so.
 */
export class LibraryDriveActions implements DriveActions {
  readonly #options: LibraryDriveActionsOptions
  readonly #logger: Logger
  readonly #renames: RenameActions
  readonly #offline: OfflineActions

  constructor(options: LibraryDriveActionsOptions) {
    this.#options = options
    this.#logger = options.logger
    this.#renames = new RenameActions(options)
    this.#offline = new OfflineActions(options)
  }

  async delete(path: string, signal: AbortSignal): Promise<void> {
    const at = parsePath(path)
    if (LIBRARY.has(at.top) && isGenerated(this.#options.trees.current, at)) return
    await this.#act('deleted', { path }, signal, async (tree) => {
      if (at.top === 'Offline') this.#offline.delete(tree, at)
      else if (at.top === 'Trash') await this.#purge(tree, at, signal)
      else if (LIBRARY.has(at.top)) await this.#trash(tree, at)
      else throw readOnly(at)
    })
  }

  async move(from: string, to: string, signal: AbortSignal): Promise<void> {
    const source = parsePath(from)
    const target = parsePath(to)
    await this.#act('moved', { from, to }, signal, async (tree) => {
      if (source.top === 'Offline' && target.top === 'Offline') this.#offline.move(tree, source, target)
      else if (source.top === 'Trash' && LIBRARY.has(target.top)) {
        await this.#renames.restore(tree, source, target, signal)
      } else if (LIBRARY.has(source.top) && target.top === 'Trash') await this.#trash(tree, source)
      else if (SORTED.has(source.top) && SORTED.has(target.top)) {
        await this.#renames.move(tree, source, target, signal)
      } else throw readOnly(source)
    })
  }

  async copy(from: string, to: string, signal: AbortSignal): Promise<void> {
    const target = parsePath(to)
    await this.#act('copied', { from, to }, signal, async (tree) => {
      if (target.top !== 'Offline') throw readOnly(target)
      this.#offline.copy(tree, parsePath(from), target, signal)
    })
  }

  async makeDirectory(path: string, signal: AbortSignal): Promise<void> {
    const at = parsePath(path)
    await this.#act('made', { path }, signal, async (tree) => {
      if (at.top !== 'Offline') throw readOnly(at)
      this.#offline.makeDirectory(tree, at)
    })
  }

  /** Once begun, what a client no longer waits for goes on until it shows. */
  async #act(
    what: string,
    fields: Readonly<Record<string, string>>,
    signal: AbortSignal,
    work: (tree: Tree) => Promise<void>,
  ): Promise<void> {
    throwIfAborted(signal)
    try {
      await work(this.#options.trees.current)
      this.#logger.info(`${what} through the drive`, fields)
    } finally {
      await this.#options.settled()
    }
  }

  /** A file by itself, or all of what a directory stands for. */
  async #trash(tree: Tree, path: DrivePath): Promise<void> {
    const node = nodeAt(tree, path)
    const { curation } = this.#options
    if (node.kind === 'file') {
      const file = isMain(node) ? fileKeyOf(node) : undefined
      if (file) curation.trash({ kind: 'file', ...file })
      else await this.#deleteSubtitle(node, path)
      return
    }
    const target = trashTargetOf(node.subject)
    if (!target) throw readOnly(path)
    curation.trash(target)
  }

  /** Only what a person brought or chose: the rest is the torrent's. */
  async #deleteSubtitle({ content }: FileNode, path: DrivePath): Promise<void> {
    const local = isLocalContent(content) ? parseLocalContentId(content) : undefined
    if (local?.kind !== 'subtitle') throw readOnly(path)
    await this.#options.deleteSubtitle(local.id)
  }

  /** What is in the trash there leaves it for good, and its torrents when nothing else of them shows. */
  async #purge(tree: Tree, path: DrivePath, signal: AbortSignal): Promise<void> {
    const node = nodeAt(tree, path)
    if (path.rest.length === 0) throw readOnly(path)
    const all = node.kind === 'file' ? [{ node, file: fileKeyOf(node) }] : [...filesBelow(node)]
    const files = all.flatMap(({ node: one, file }) => (file && isMain(one) ? [file] : []))
    if (files.length === 0) throw readOnly(path)
    const bare = new Set<InfoHash>()
    try {
      for (const file of files) {
        throwIfAborted(signal)
        const infoHash = this.#options.curation.deleteVersion(file)
        if (infoHash) bare.add(infoHash)
      }
    } finally {
      if (bare.size > 0) await this.#options.onPurged([...bare])
    }
  }
}
