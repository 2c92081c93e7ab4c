import type { AnyContentId, ShowId } from './ids.ts'
import type { LibraryItem } from './library-rows.ts'

interface NodeBase {
  /** Legal on every client, NFC, unique in its directory without regard to case. */
  readonly name: string
  /** Absolute, percent-encoded; ends with `/` for a directory. */
  readonly href: string
  readonly modifiedAtMs: number
  /** `modifiedAtMs` as an HTTP date (RFC 9110 section 5.6.7). */
  readonly lastModified: string
  /** Strong, with its quotes. */
  readonly etag: string
}

export interface FileNode extends NodeBase {
  readonly kind: 'file'
  readonly sizeBytes: number
  readonly mediaType: string
  readonly content: AnyContentId
  /** Of the film or episode that it shows beside. */
  readonly isSubtitle?: boolean
}

/** What of the library a directory stands for; `isTrashed` under /Trash. */
export type DirectorySubject = (
  | LibraryItem
  | { readonly kind: 'season'; readonly showId: ShowId; readonly season: number }
) & { readonly isTrashed?: boolean }

export interface DirectoryNode extends NodeBase {
  readonly kind: 'directory'
  /** Absent where it is a mere folder: the root, /Movies, a view, a folder inside a torrent. */
  readonly subject?: DirectorySubject | undefined
  /** By `name`, in the order of a listing. */
  readonly children: ReadonlyMap<string, TreeNode>
}

export type TreeNode = FileNode | DirectoryNode

/** A library snapshot: frozen, never changed after it became current. */
export interface Tree {
  /** Grows by one with every swap. */
  readonly version: number
  readonly builtAtMs: number
  readonly root: DirectoryNode
  /** Files and directories, the root not counted. */
  readonly entries: number
  /** By decoded path, `/`-separated, leading and trailing `/` optional; NFC first, then the NFC form of an NFD path. */
  find(path: string): TreeNode | undefined
}

export interface TreeSource {
  /** Taken once per request. A plain assignment swaps it. */
  readonly current: Tree
}
