import { parseLocalContentId } from '../domain/ids.ts'
import { extensionOf, legalPathName } from '../domain/legal-name.ts'
import type { EpisodeRow, MovieRow, SidecarPlace, SidecarRow, SubtitleRow } from '../domain/library-rows.ts'
import type { Work } from '../domain/slices.ts'
import { type AnyNode, fileNode, localNode, type TreeDirectory } from './nodes.ts'
import { STEP } from './slices.ts'
import { type CaptionRow, subtitleNames } from './subtitle-names.ts'
import type { UniqueNames } from './unique-names.ts'

export type VideoRow = MovieRow | EpisodeRow
export type CompanionRow = SubtitleRow | SidecarRow

type PlacedSidecar<At extends SidecarPlace['at']> = SidecarRow & { readonly place: { readonly at: At } }

/** What shows beside one video. */
interface Companions {
  readonly captions: CaptionRow[]
  readonly sidecars: PlacedSidecar<'video'>[]
}

/** The rows of one item, each where it belongs. */
export interface ItemParts<Row extends VideoRow> {
  readonly videos: readonly Row[]
  /** By the `fileKey` of their video. */
  readonly companions: ReadonlyMap<string, Companions>
  readonly sidecars: readonly PlacedSidecar<'item'>[]
}

const fileKey = (infoHash: string, fileIndex: number): string => `${infoHash}:${fileIndex}`

/** @param isTrashed which part of the item: what is in the trash has no sidecars of the item */
export function partsOf<Row extends VideoRow>(
  rows: readonly (Row | CompanionRow)[],
  isTrashed: boolean,
): ItemParts<Row> {
  const videos: Row[] = []
  const sidecars: PlacedSidecar<'item'>[] = []
  const companions = new Map<string, Companions>()
  const beside = (infoHash: string, videoIndex: number): Companions => {
    const key = fileKey(infoHash, videoIndex)
    const known = companions.get(key) ?? { captions: [], sidecars: [] }
    companions.set(key, known)
    return known
  }
  for (const row of rows) {
    if (row.kind === 'subtitle') beside(row.infoHash, row.videoIndex).captions.push(row)
    else if (row.kind !== 'sidecar') {
      if (row.isTrashed === isTrashed) videos.push(row)
    } else if (isPlaced(row, 'subtitle')) beside(row.place.infoHash, row.place.videoIndex).captions.push(row)
    else if (isPlaced(row, 'video')) beside(row.place.infoHash, row.place.videoIndex).sidecars.push(row)
    else if (isPlaced(row, 'item') && !isTrashed) sidecars.push(row)
  }
  return { videos, companions, sidecars }
}

const isPlaced = <At extends SidecarPlace['at']>(row: SidecarRow, at: At): row is PlacedSidecar<At> =>
  row.place.at === at

/** The directory that is being filled. */
export interface Filling {
  readonly files: AnyNode[]
  readonly names: UniqueNames
  readonly href: string
  readonly previous: TreeDirectory | undefined
}

/** Subtitles and sidecars of the video that has this stem. */
export function* addCompanions(
  { files, names, href, previous }: Filling,
  video: VideoRow,
  stem: string,
  companions: ItemParts<VideoRow>['companions'],
): Work<void> {
  const own = companions.size > 0 && companions.get(fileKey(video.infoHash, video.fileIndex))
  if (!own) return
  for (const { row, name } of subtitleNames(stem, own.captions, names)) {
    files.push(
      row.kind === 'sidecar'
        ? localNode(previous, href, name, row)
        : fileNode(previous, href, name, { modifiedAtMs: row.assignedAtMs, isSubtitle: true, ...row }),
    )
    if (files.length % STEP === 0) yield
  }
  for (const row of own.sidecars.toSorted(byContent)) {
    const name = sidecarName(`${stem}${row.place.suffix}`, names)
    files.push(localNode(previous, href, name, row))
  }
}

/**
 * The item's own sidecars. Their names are taken before those of its videos, since only under these do players find them;
 * they are listed after.
 */
export function itemSidecars(
  rows: readonly PlacedSidecar<'item'>[],
  { names, href, previous }: Omit<Filling, 'files'>,
): readonly AnyNode[] {
  return rows.toSorted(byContent).map((row) => localNode(previous, href, sidecarName(row.place.fileName, names), row))
}

function sidecarName(wanted: string, names: UniqueNames): string {
  const extension = extensionOf(wanted)
  const name = legalPathName(wanted)
  return names.claim([name.slice(0, name.length - extension.length)], extension)
}

/** The same kinds of sidecars keep their order when they are made anew. */
function byContent(a: SidecarRow, b: SidecarRow): number {
  return parseLocalContentId(a.content).id - parseLocalContentId(b.content).id
}
