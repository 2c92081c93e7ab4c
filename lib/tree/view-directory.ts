import { extensionOf } from '../domain/legal-name.ts'
import type { Work } from '../domain/slices.ts'
import type { Item } from './library-tree.ts'
import { STEM_BYTES } from './naming.ts'
import { type AnyNode, childDirectory, childHref, copiedNode, directoryNode, type TreeDirectory } from './nodes.ts'
import { UniqueNames } from './unique-names.ts'
import type { ViewVideo } from './view-videos.ts'

/** Some videos of one item. */
export interface ViewEntry {
  readonly item: Item
  readonly videos: readonly ViewVideo[]
}

/** What a view, or a show's folder in one, was made of. */
const sources = new WeakMap<TreeDirectory, readonly ViewEntry[]>()

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
  if (previous && isMadeOf(previous, entries)) return previous
  const href = childHref('/', name)
  const names = new UniqueNames()
  const nodes: AnyNode[] = []
  for (const entry of entries) {
    const { item, videos } = entry
    if (item.item.kind === 'show' && videos.length > 1) {
      const folderName = names.claim([item.node.name])
      const folderHref = childHref(href, folderName)
      const folder = childDirectory(previous, folderName)
      if (folder && isMadeOf(folder, [entry])) nodes.push(folder)
      else {
        const files = videos.flatMap(videoNodes(item, folderHref, new UniqueNames(), folder))
        const node = yield* directoryNode(folder, folderName, folderHref, files, nowMs)
        sources.set(node, [entry])
        nodes.push(node)
      }
    } else nodes.push(...videos.flatMap(videoNodes(item, href, names, previous)))
    yield
  }
  const node = yield* directoryNode(previous, name, href, nodes, nowMs)
  sources.set(node, entries)
  return node
}

function isMadeOf(directory: TreeDirectory, entries: readonly ViewEntry[]): boolean {
  const before = sources.get(directory)
  return before?.length === entries.length && entries.every((entry, index) => isSameEntry(entry, before[index]))
}

function isSameEntry({ item, videos }: ViewEntry, before: ViewEntry | undefined): boolean {
  if (item.node !== before?.item.node) return false
  if (videos === before.videos) return true
  return videos.length === before.videos.length && videos.every((video, index) => video === before.videos[index])
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
