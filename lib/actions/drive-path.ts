import type { FileKey } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import { isLocalContent, parseContentId } from '../domain/ids.ts'
import { foldName } from '../domain/legal-name.ts'
import type { DirectoryNode, DirectorySubject, FileNode, Tree, TreeNode } from '../domain/tree.ts'

/** A decoded path in its parts: `/Movies/A/A.mkv` is `top` Movies, `rest` A and A.mkv. */
export interface DrivePath {
  readonly text: string
  readonly top: string
  readonly rest: readonly string[]
}

export function parsePath(text: string): DrivePath {
  const [top = '', ...rest] = text.split('/').filter((part) => part !== '')
  return { text, top, rest }
}

/** As clients compare them. */
export function isSamePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => foldName(part) === foldName(b[index] ?? ''))
}

/** Fails with `not_found`. */
export function nodeAt(tree: Tree, path: DrivePath): TreeNode {
  const node = tree.find(path.text)
  if (!node) throw new AppError('not_found', `${path.text} is not there`)
  return node
}

/** What the directory at these parts of a path stands for, when it is one of this kind. */
export function subjectAt<Kind extends DirectorySubject['kind']>(
  tree: Tree,
  parts: readonly string[],
  kind: Kind,
): Extract<DirectorySubject, { kind: Kind }> | undefined {
  const node = tree.find(`/${parts.join('/')}`)
  const subject = node?.kind === 'directory' ? node.subject : undefined
  return subject?.kind === kind ? (subject as Extract<DirectorySubject, { kind: Kind }>) : undefined
}

/** A torrent's file. Undefined for what is of no torrent. */
export function fileKeyOf({ content }: FileNode): FileKey | undefined {
  return isLocalContent(content) ? undefined : parseContentId(content)
}

/** Whether it is a film, an episode, or a file of a torrent that is none of the library's. */
export const isMain = (node: FileNode): boolean => node.isSubtitle !== true && fileKeyOf(node) !== undefined

/** Files of torrents below a directory, with their path from there. */
export function* filesBelow(
  directory: DirectoryNode,
  parts: readonly string[] = [],
): Iterable<{ readonly parts: readonly string[]; readonly node: FileNode; readonly file: FileKey }> {
  for (const node of directory.children.values()) {
    const own = [...parts, node.name]
    if (node.kind === 'directory') yield* filesBelow(node, own)
    else {
      const file = fileKeyOf(node)
      if (file) yield { parts: own, node, file }
    }
  }
}

export const readOnly = (path: DrivePath): AppError => new AppError('read_only', `${path.text} cannot be changed so`)
