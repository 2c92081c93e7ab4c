import { setImmediate } from 'node:timers/promises'
import { throwIfAborted } from '../domain/abort.ts'
import { type InfoHash, parseContentId } from '../domain/ids.ts'
import type { DirectoryNode, FileNode, Tree } from '../domain/tree.ts'

/** How many nodes are looked at before the event loop has its turn: well under a millisecond. */
const STEP = 2000

/**
 * Where the drive shows the files of these torrents: absolute paths in the order of the listings. Walks the whole tree,
 * which no index by torrent is worth; the event loop goes on meanwhile. Fails with the signal's reason.
 */
export async function drivePaths(
  tree: Tree,
  torrents: ReadonlySet<InfoHash>,
  signal: AbortSignal,
): Promise<ReadonlyMap<InfoHash, readonly string[]>> {
  const found = new Map<InfoHash, string[]>()
  let seen = 0
  for (const [path, file] of filesBelow(tree.root, '')) {
    const { infoHash } = parseContentId(file.content)
    if (torrents.has(infoHash)) {
      const paths = found.get(infoHash)
      if (paths) paths.push(path)
      else found.set(infoHash, [path])
    }
    seen += 1
    if (seen % STEP === 0) {
      await setImmediate()
      throwIfAborted(signal)
    }
  }
  return found
}

function* filesBelow(directory: DirectoryNode, path: string): Iterable<readonly [string, FileNode]> {
  for (const node of directory.children.values()) {
    const nodePath = `${path}/${node.name}`
    if (node.kind === 'file') yield [nodePath, node]
    else yield* filesBelow(node, nodePath)
  }
}
