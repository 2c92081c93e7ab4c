import { throwIfAborted } from '../domain/abort.ts'
import type { FileKey, LibraryCuration } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import type { BackgroundFetcher } from '../domain/fetching.ts'
import { legalPathName } from '../domain/legal-name.ts'
import type { Tree } from '../domain/tree.ts'
import { type DrivePath, fileKeyOf, filesBelow, isSamePath, nodeAt, readOnly } from './drive-path.ts'
import { folderPath, type RememberedFolders } from './remembered-folders.ts'

/** More than a person means by one copy. */
const MAX_FILES = 10_000

interface Copy {
  readonly file: FileKey
  /** Below /Offline. */
  readonly path: string
}

interface PlacedFile {
  readonly file: FileKey
  /** From the directory that is looked at. */
  readonly parts: readonly string[]
}

export interface OfflineActionsOptions {
  readonly curation: LibraryCuration
  readonly fetcher: BackgroundFetcher
  /** Those that the tree shows. */
  readonly folders: RememberedFolders
}

/** What a person does with /Offline: each all or nothing. Paths are those of the drive, /Offline their top. */
export class OfflineActions {
  readonly #curation: LibraryCuration
  readonly #fetcher: BackgroundFetcher
  readonly #folders: RememberedFolders

  constructor({ curation, fetcher, folders }: OfflineActionsOptions) {
    this.#curation = curation
    this.#fetcher = fetcher
    this.#folders = folders
  }

  /** A file, or all of a film, season, show or torrent; fails with `read_only` for more, and for what is of no torrent. */
  copy(tree: Tree, from: DrivePath, to: DrivePath, signal: AbortSignal): void {
    const copies = this.#copiesOf(tree, from, to)
    this.#requireParent(tree, to)
    const added: Copy[] = []
    const fetched: FileKey[] = []
    try {
      for (const copy of copies) {
        throwIfAborted(signal)
        if (this.#add(tree, copy)) added.push(copy)
      }
      for (const { file } of copies) {
        throwIfAborted(signal)
        this.#fetcher.fetchWhole(file)
        fetched.push(file)
      }
    } catch (error) {
      this.#withdraw(added, fetched)
      throw error
    }
  }

  /** Everything below it that has no other path in /Offline is no longer kept. */
  delete(tree: Tree, path: DrivePath): void {
    if (path.rest.length === 0) throw readOnly(path)
    if (this.#filesAt(tree, path).length > 0) {
      for (const file of this.#curation.removeOffline(path.rest.join('/'))) this.#fetcher.releaseWhole(file)
    }
    this.#folders.delete(path.rest)
  }

  move(tree: Tree, from: DrivePath, to: DrivePath): void {
    if (from.rest.length === 0 || to.rest.length === 0) throw readOnly(from)
    const files = this.#filesAt(tree, from)
    const isSame = isSamePath(from.rest, to.rest)
    if (!isSame && isSamePath(from.rest, to.rest.slice(0, from.rest.length))) {
      throw new AppError('conflict', `${from.text} cannot be moved into itself`)
    }
    this.#requireParent(tree, to)
    if (files.length > 0) this.#moveFiles(files, from, to, isSame)
    else if (!isSame) this.#requireFree(tree, to)
    this.#folders.rename(from.rest, to.rest)
  }

  makeDirectory(tree: Tree, path: DrivePath): void {
    this.#requireFree(tree, path)
    this.#requireParent(tree, path)
    this.#folders.add(path.rest)
  }

  #moveFiles(files: readonly PlacedFile[], from: DrivePath, to: DrivePath, isSame: boolean): void {
    const own = files.map(({ file, parts }) => ({ file, path: offlinePath([...from.rest, ...parts]) }))
    const copies = files.map(({ file, parts }) => ({ file, path: offlinePath([...to.rest, ...parts]) }))
    // Paths that only differ in case are one to the library: the old ones go first then.
    if (isSame) this.#replace(own, copies, from.rest.join('/'))
    else {
      this.#addAll(copies)
      this.#curation.removeOffline(from.rest.join('/'))
    }
  }

  /** None in a folder that is empty. Fails with `not_found`. */
  #filesAt(tree: Tree, path: DrivePath): readonly PlacedFile[] {
    if (this.#folders.has(path.rest) && !tree.find(path.text)) return []
    const node = nodeAt(tree, path)
    return node.kind === 'file' ? single(fileKeyOf(node)) : [...filesBelow(node)]
  }

  #requireFree(tree: Tree, path: DrivePath): void {
    if (path.rest.length === 0 || tree.find(path.text) || this.#folders.has(path.rest)) {
      throw new AppError('conflict', `${path.text} is there already`)
    }
  }

  #copiesOf(tree: Tree, from: DrivePath, to: DrivePath): Copy[] {
    const node = nodeAt(tree, from)
    if (from.rest.length === 0 || to.rest.length === 0 || from.top === 'Trash') throw readOnly(from)
    const files = node.kind === 'file' ? single(fileKeyOf(node)) : [...filesBelow(node)]
    if (files.length === 0) throw readOnly(from)
    if (files.length > MAX_FILES) throw new AppError('invalid', `${from.text} holds more than ${MAX_FILES} files`)
    return files.map(({ file, parts }) => ({ file, path: offlinePath([...to.rest, ...parts]) }))
  }

  #requireParent(tree: Tree, path: DrivePath): void {
    const parent = path.rest.slice(0, -1)
    const isThere = parent.length === 0 || this.#folders.has(parent)
    if (!isThere && tree.find(`/Offline/${parent.join('/')}`)?.kind !== 'directory') {
      throw new AppError('conflict', `/Offline/${parent.join('/')} is not there`)
    }
  }

  /** False when it is there already. */
  #add(tree: Tree, { file, path }: Copy): boolean {
    const there = tree.find(`/Offline/${path}`)
    const known = there?.kind === 'file' ? fileKeyOf(there) : undefined
    this.#curation.addOffline(file, path)
    return !(known?.infoHash === file.infoHash && known.fileIndex === file.fileIndex)
  }

  #addAll(copies: readonly Copy[]): void {
    const added: Copy[] = []
    try {
      for (const copy of copies) {
        this.#curation.addOffline(copy.file, copy.path)
        added.push(copy)
      }
    } catch (error) {
      for (const { path } of added) this.#curation.removeOffline(path)
      throw error
    }
  }

  #replace(own: readonly Copy[], copies: readonly Copy[], path: string): void {
    this.#curation.removeOffline(path)
    try {
      this.#addAll(copies)
    } catch (error) {
      this.#addAll(own)
      throw error
    }
  }

  /** Undoes what a copy began with. What was kept before stays so. */
  #withdraw(added: readonly Copy[], fetched: readonly FileKey[]): void {
    const begun = new Set(fetched.map(keyOf))
    for (const { path } of added) {
      for (const file of this.#curation.removeOffline(path)) {
        if (begun.has(keyOf(file))) this.#fetcher.releaseWhole(file)
      }
    }
  }
}

function single(file: FileKey | undefined): PlacedFile[] {
  return file ? [{ file, parts: [] }] : []
}

/** As the tree will show it, so that the path which a client sees is the one that is kept. */
function offlinePath(parts: readonly string[]): string {
  const folder = folderPath(parts.slice(0, -1))
  return `${folder}${folder && '/'}${legalPathName(parts.at(-1) ?? '')}`
}

const keyOf = ({ infoHash, fileIndex }: FileKey): string => `${infoHash}:${fileIndex}`
