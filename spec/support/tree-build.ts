import type { LibraryItem, LibraryRow } from '../../lib/domain/library-rows.ts'
import { runAtOnce } from '../../lib/domain/slices.ts'
import type { TreeNode } from '../../lib/domain/tree.ts'
import { buildTree } from '../../lib/tree/build-tree.ts'
import { emptyTree, type Layout, type LibraryTree, PLAIN_LAYOUT } from '../../lib/tree/library-tree.ts'
import { TREE_EPOCH_MS, walk } from './tree-language.ts'

export function build(
  library: readonly LibraryRow[],
  previous = emptyTree(TREE_EPOCH_MS),
  changed: readonly LibraryItem[] = [],
  layout: Layout = PLAIN_LAYOUT,
): LibraryTree {
  return runAtOnce(buildTree(previous, { rows: library, changed }, TREE_EPOCH_MS, layout))
}

function seen(node: TreeNode) {
  const { name, href, lastModified, etag } = node
  if (node.kind === 'directory') return { name, href, lastModified, etag, subject: node.subject }
  const { sizeBytes, mediaType, content, isSubtitle } = node
  return { name, href, lastModified, etag, sizeBytes, mediaType, content, isSubtitle }
}

/** All that the outside can see of a tree. */
export function facts(tree: LibraryTree) {
  const fact = ({ path, node }: { path: string; node: TreeNode }) => ({ path, ...seen(node) })
  return [{ path: '/', ...seen(tree.root) }, ...Array.from(walk(tree.root), fact)]
}
