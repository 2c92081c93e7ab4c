import { extensionOf } from '../domain/legal-name.ts'
import type { Work } from '../domain/slices.ts'
import { type AnyFile, TreeFile } from './files.ts'
import type { Item } from './library-tree.ts'
import type { TreeDirectory } from './nodes.ts'

/** A film or an episode as its directory has it. */
export interface ViewVideo {
  readonly file: TreeFile
  /** The name without its extension. */
  readonly stem: string
  readonly subtitles: readonly AnyFile[]
}

/** Directories never change, and a view looks at the same few again and again. */
const known = new WeakMap<TreeDirectory, readonly ViewVideo[]>()

/** In the order of their listings. */
export function* videosOf({ node }: Item): Work<readonly ViewVideo[]> {
  const remembered = known.get(node)
  if (remembered) return remembered
  const videos: ViewVideo[] = []
  for (const child of node.children.values()) {
    if (child.kind === 'directory') videos.push(...videosIn(child))
    yield
  }
  videos.push(...videosIn(node))
  known.set(node, videos)
  return videos
}

/** What belongs to a video is listed after it. */
function* videosIn(directory: TreeDirectory): Iterable<ViewVideo> {
  let subtitles: AnyFile[] = []
  for (const child of directory.children.values()) {
    if (child.kind === 'directory') continue
    if (child.isSubtitle) subtitles.push(child)
    else if (child instanceof TreeFile) {
      subtitles = []
      yield { file: child, stem: child.name.slice(0, child.name.length - extensionOf(child.name).length), subtitles }
    }
  }
}
