import { setImmediate } from 'node:timers/promises'
import { throwIfAborted } from '../domain/abort.ts'
import { type InfoHash, isLocalContent, parseContentId } from '../domain/ids.ts'
import type { Tree, TreeNode } from '../domain/tree.ts'

/** How many nodes are looked at before the event loop has its turn: under a millisecond. */
const STEP = 500

/** Where each file of the library is once: not in a view of it, nor in the trash. */
const HOMES: ReadonlySet<string> = new Set(['Movies', 'TV Shows', 'Unsorted'])

/** A directory on the way to the node that is looked at. */
interface Level {
  readonly nodes: Iterator<TreeNode>
  readonly path: string
}

/**
 * Where the drive shows the files of these torrents: absolute paths in the order of the listings. Walks all of the library,
 * which no index by torrent is worth; the event loop goes on meanwhile. Fails with the signal's reason.
 */
export async function drivePaths(
  tree: Tree,
  torrents: ReadonlySet<InfoHash>,
  signal: AbortSignal,
): Promise<ReadonlyMap<InfoHash, readonly string[]>> {
  const found = new Map<InfoHash, string[]>()
  const homes = [...tree.root.children.values()].filter(({ name }) => HOMES.has(name))
  const levels: Level[] = [{ nodes: homes.values(), path: '' }]
  let seen = 0
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const { value: node, done } = level.nodes.next()
    if (done) levels.pop()
    else if (node.kind === 'directory') {
      levels.push({ nodes: node.children.values(), path: `${level.path}/${node.name}` })
    } else {
      const infoHash = isLocalContent(node.content) ? undefined : parseContentId(node.content).infoHash
      if (infoHash && torrents.has(infoHash)) addTo(found, infoHash, `${level.path}/${node.name}`)
    }
    seen += 1
    if (seen % STEP === 0) {
      await setImmediate()
      throwIfAborted(signal)
    }
  }
  return found
}

function addTo(found: Map<InfoHash, string[]>, infoHash: InfoHash, path: string): void {
  const paths = found.get(infoHash)
  if (paths) paths.push(path)
  else found.set(infoHash, [path])
}
