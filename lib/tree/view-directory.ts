import { extensionOf } from '../domain/legal-name.ts'
import type { Item } from './library-tree.ts'
import { STEM_BYTES } from './naming.ts'
import { type AnyNode, childDirectory, childHref, copiedNode, directoryNode, type TreeDirectory } from './nodes.ts'
import type { Work } from './slices.ts'
import { UniqueNames } from './unique-names.ts'
import type { ViewVideo } from './view-videos.ts'

/** Some videos of one item. */
export interface ViewEntry {
  readonly item: Item
  readonly videos: readonly ViewVideo[]
}

/**
 * A directory that shows these once more, in their order: the files of a film, a single episode, or several episodes of a
 * show in a folder of its name. The subtitles of each come along.
 */
export function* viewDirectory(
  name: string,
  entries: readonly ViewEntry[],
  previous: TreeDirectory | undefined,
  nowMs: number,
): Work<TreeDirectory> {
  const href = childHref('/', name)
  const names = new UniqueNames()
  const nodes: AnyNode[] = []
  for (const { item, videos } of entries) {
    if (item.item.kind === 'show' && videos.length > 1) {
      const folderName = names.claim([item.node.name])
      const folderHref = childHref(href, folderName)
      const folder = childDirectory(previous, folderName)
      const files = videos.flatMap(videoNodes(item, folderHref, new UniqueNames(), folder))
      nodes.push(yield* directoryNode(folder, folderName, folderHref, files, nowMs))
    } else nodes.push(...videos.flatMap(videoNodes(item, href, names, previous)))
    yield
  }
  return yield* directoryNode(previous, name, href, nodes, nowMs)
}

/** An episode of a show that shares its title with another has the show's year where both are seen. */
const videoNodes =
  (item: Item, href: string, names: UniqueNames, previous: TreeDirectory | undefined) =>
  ({ file, stem, subtitles }: ViewVideo): AnyNode[] => {
    const withYear = stem.replace(/^.*?(?= - S\d+E\d+)/, () => item.node.name)
    const stems = Buffer.byteLength(withYear) <= STEM_BYTES ? ([stem, withYear] as const) : ([stem] as const)
    const extension = extensionOf(file.name)
    const owned = names.claimStem(stems, extension)
    return [
      copiedNode(previous, href, owned + extension, file),
      ...subtitles.map((subtitle) => copiedNode(previous, href, owned + subtitle.name.slice(stem.length), subtitle)),
    ]
  }
