import { contentId, infoHash } from '../../lib/domain/ids.ts'
import type { DirectoryNode, FileNode, Tree, TreeNode } from '../../lib/domain/tree.ts'

/** A file by its size in bytes, a directory by its entries. */
export interface Outline {
  readonly [name: string]: number | Outline
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  mkv: 'video/x-matroska',
  mp4: 'video/mp4',
  srt: 'application/x-subrip',
}
export const FIXTURE_MODIFIED_MS = Date.UTC(2024, 2, 1, 12, 30, 15)

/** A tree from an outline: `{ Movies: { 'A (2001)': { 'A (2001).mkv': 700 } } }`. Content ids count up from file 0. */
export function treeOf(outline: Outline, version = 1): Tree {
  const hash = infoHash('ab'.repeat(20))
  let files = 0
  let entries = -1
  const lastModified = new Date(FIXTURE_MODIFIED_MS).toUTCString()
  const build = (name: string, value: number | Outline, parent: string): TreeNode => {
    entries += 1
    const path = name === '' ? '' : `${parent}/${encodeURIComponent(name)}`
    const base = { name, modifiedAtMs: FIXTURE_MODIFIED_MS, lastModified }
    if (typeof value === 'number') {
      const content = contentId(hash, files++)
      const mediaType = MEDIA_TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
      const etag = `"${content.slice(0, 8)}-${files - 1}-${value}"`
      return { ...base, kind: 'file', href: path, etag, sizeBytes: value, mediaType, content } satisfies FileNode
    }
    const children = new Map(Object.entries(value).map(([child, inner]) => [child, build(child, inner, path)] as const))
    return { ...base, kind: 'directory', href: `${path}/`, etag: `"d${entries}-${version}"`, children }
  }
  const root = build('', outline, '') as DirectoryNode
  return {
    version,
    builtAtMs: FIXTURE_MODIFIED_MS,
    root,
    entries,
    find(path) {
      let node: TreeNode | undefined = root
      for (const name of path.split('/').filter(Boolean)) {
        node =
          node?.kind === 'directory' ? (node.children.get(name) ?? node.children.get(name.normalize('NFC'))) : undefined
      }
      return node
    },
  }
}
