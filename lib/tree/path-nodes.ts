import { extensionOf, foldName, legalName, legalPathName } from '../domain/legal-name.ts'
import type { OfflineRow, UnsortedRow } from '../domain/library-rows.ts'
import type { Work } from '../domain/slices.ts'
import type { FileFacts } from './files.ts'
import { compareText, type Place } from './item-nodes.ts'
import { type AnyNode, childDirectory, childHref, directoryNode, fileNode, type TreeDirectory } from './nodes.ts'
import { sorted } from './slices.ts'
import { UniqueNames } from './unique-names.ts'

/** Deeper paths are flattened into the last directory. */
const MAX_DEPTH = 32

/** What computers leave in folders; WebDAV answers it with 404, so it must not be listed. */
const LITTER = /^(?:\._.*|\.ds_store|thumbs\.db|desktop\.ini)$/i

export function isLitter(filePath: string): boolean {
  return LITTER.test(filePath.slice(filePath.lastIndexOf('/') + 1))
}

/** A file by its place in a directory: names as they came, which may be equal once they are legal. */
interface PathFile {
  readonly parts: readonly string[]
  readonly facts: FileFacts
}

interface PathDirectory {
  readonly directories: Map<string, PathDirectory>
  readonly files: { readonly name: string; readonly facts: FileFacts }[]
}

const pathDirectory = (): PathDirectory => ({ directories: new Map(), files: [] })

/** `/Unsorted/<torrent name>` with the torrent's inner paths. */
export function* unsortedNode(rows: readonly UnsortedRow[], place: Place): Work<TreeDirectory> {
  const inOrder = yield* sorted(rows, (a, b) => a.fileIndex - b.fileIndex)
  return yield* pathsNode(inOrder.map(unsortedFile), place)
}

function unsortedFile(row: UnsortedRow): PathFile {
  return { parts: segmentsOf(innerPath(row)), facts: { modifiedAtMs: row.addedAtMs, isSubtitle: false, ...row } }
}

/** Without the torrent's own top folder. */
function innerPath({ filePath, torrentName }: UnsortedRow): string {
  const top = `${torrentName}/`
  return filePath.startsWith(top) ? filePath.slice(top.length) : filePath
}

/** `/Offline`: the paths that a person chose, the first come keeps its name. */
export function* offlineNode(rows: readonly OfflineRow[], place: Place): Work<TreeDirectory> {
  const inOrder = yield* sorted(rows, byPath)
  return yield* pathsNode(inOrder.map(offlineFile), place)
}

function offlineFile(row: OfflineRow): PathFile {
  return { parts: segmentsOf(row.path), facts: { modifiedAtMs: row.addedAtMs, isSubtitle: false, ...row } }
}

function byPath(a: OfflineRow, b: OfflineRow): number {
  return compareText(a.path, b.path) || compareText(a.infoHash, b.infoHash) || a.fileIndex - b.fileIndex
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

function* pathsNode(files: readonly PathFile[], place: Place): Work<TreeDirectory> {
  const root = pathDirectory()
  for (const { parts, facts } of files) {
    let directory = root
    for (const part of parts.slice(0, -1).slice(0, MAX_DEPTH)) {
      const known = directory.directories.get(part) ?? pathDirectory()
      directory.directories.set(part, known)
      directory = known
    }
    directory.files.push({ name: parts.at(-1) ?? '', facts })
    yield
  }
  return yield* pathDirectoryNode(root, place)
}

function* pathDirectoryNode(from: PathDirectory, place: Place): Work<TreeDirectory> {
  const { previous } = place
  const href = childHref(place.parentHref, place.name)
  const names = new UniqueNames()
  const nodes: AnyNode[] = []
  for (const [raw, directory] of from.directories) {
    const name = names.claim([legalName(raw, '', 240)])
    const inner = { name, parentHref: href, previous: childDirectory(previous, name) }
    nodes.push(yield* pathDirectoryNode(directory, inner))
  }
  for (const { name: raw, facts } of from.files) {
    const legal = legalPathName(raw)
    const extension = extensionOf(legal)
    const name = names.claim([legal.slice(0, legal.length - extension.length)], extension)
    nodes.push(fileNode(previous, href, name, facts))
    yield
  }
  return yield* directoryNode(previous, place.name, href, nodes, 0, place.owner)
}

interface FolderTree {
  readonly inner: Map<string, FolderTree>
}

/** The directory with these folders in it, where they are not there: paths from there. The directory itself when all are. */
export function* withFolders(
  directory: TreeDirectory,
  folders: readonly string[],
  previous: TreeDirectory | undefined,
  nowMs: number,
): Work<TreeDirectory> {
  if (folders.length === 0) return directory
  const root: FolderTree = { inner: new Map() }
  for (const path of folders) {
    let at = root
    for (const part of segmentsOf(path).slice(0, MAX_DEPTH)) {
      const known = at.inner.get(part) ?? { inner: new Map() }
      at.inner.set(part, known)
      at = known
    }
    yield
  }
  return yield* mergedFolder(directory, root, previous, nowMs)
}

function* mergedFolder(
  directory: TreeDirectory,
  { inner }: FolderTree,
  previous: TreeDirectory | undefined,
  nowMs: number,
): Work<TreeDirectory> {
  const { name, href, owner } = directory
  const nodes = new Map(Array.from(directory.children.values(), (node) => [foldName(node.name), node]))
  let isSame = true
  for (const [folderName, folder] of inner) {
    const key = foldName(folderName)
    const known = nodes.get(key)
    if (known?.kind === 'file') continue
    const before = childDirectory(previous, known?.name ?? folderName)
    const own = known ?? (yield* directoryNode(before, folderName, childHref(href, folderName), [], nowMs))
    const merged = yield* mergedFolder(own, folder, before, nowMs)
    isSame &&= merged === known
    nodes.set(key, merged)
    yield
  }
  return isSame ? directory : yield* directoryNode(previous, name, href, nodes.values(), nowMs, owner)
}
