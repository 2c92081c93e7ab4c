import type { EpisodeRow, MovieRow } from '../domain/library-rows.ts'
import type { Work } from '../domain/slices.ts'
import { addCompanions, type CompanionRow, type ItemParts, itemSidecars, partsOf, type VideoRow } from './companions.ts'
import type { FileFacts } from './files.ts'
import { episodeStem, libraryExtension, seasonName, titleText, versionStems } from './naming.ts'
import {
  type AnyNode,
  childDirectory,
  childHref,
  directoryNode,
  fileNode,
  type Owner,
  type TreeDirectory,
} from './nodes.ts'
import { STEP, sorted } from './slices.ts'
import { UniqueNames } from './unique-names.ts'

/** A directory's place and its node in the previous tree, whose unchanged parts are kept. */
export interface Place {
  readonly name: string
  readonly parentHref: string
  readonly previous: TreeDirectory | undefined
  /** In the trash, only what of the item is there. */
  readonly owner?: Owner
}

/** `/Movies/Title (Year)`: its files named after the directory, versions side by side. */
export function* movieNode(rows: readonly (MovieRow | CompanionRow)[], place: Place): Work<TreeDirectory> {
  const { previous } = place
  const href = childHref(place.parentHref, place.name)
  const filling = { files: [] as AnyNode[], names: new UniqueNames(), href, previous }
  const { files, names } = filling
  const { videos, companions, sidecars } = partsOf(rows, place.owner?.isTrashed ?? false)
  const own = itemSidecars(sidecars, filling)
  for (const row of videos.toSorted(bySeniority)) {
    const stems = videos.length === 1 ? ([place.name] as const) : versionStems(place.name, row)
    const extension = libraryExtension(row.filePath)
    const stem = names.claimStem(stems, extension)
    files.push(fileNode(previous, href, stem + extension, factsOf(row)))
    yield* addCompanions(filling, row, stem, companions)
    yield
  }
  return yield* directoryNode(previous, place.name, href, [...files, ...own], 0, place.owner)
}

/** `/TV Shows/Show (Year)` with its seasons, in their order. */
export function* showNode(rows: readonly (EpisodeRow | CompanionRow)[], place: Place): Work<TreeDirectory> {
  const { previous, owner } = place
  const href = childHref(place.parentHref, place.name)
  const { videos, companions, sidecars } = partsOf(rows, owner?.isTrashed ?? false)
  const seasons = new Map<number, EpisodeRow[]>()
  for (const row of yield* sorted(videos, byEpisode)) {
    addTo(seasons, row.season, row)
  }
  const show = titleText(videos[0]?.title ?? '')
  const names = new UniqueNames()
  const nodes: AnyNode[] = []
  for (const [season, episodes] of seasons) {
    const name = names.claim([seasonName(season)])
    const previousSeason = childDirectory(previous, name)
    const seasonPlace = {
      name,
      parentHref: href,
      previous: previousSeason,
      ...(owner && { owner: { season, ...owner } }),
    }
    nodes.push(yield* seasonNode(show, episodes, companions, seasonPlace))
  }
  nodes.push(...itemSidecars(sidecars, { names, href, previous }))
  return yield* directoryNode(previous, place.name, href, nodes, 0, owner)
}

/** @param rows in the order of `byEpisode` */
function* seasonNode(
  show: string,
  rows: readonly EpisodeRow[],
  companions: ItemParts<EpisodeRow>['companions'],
  place: Place,
): Work<TreeDirectory> {
  const { previous } = place
  const href = childHref(place.parentHref, place.name)
  const filling = { files: [] as AnyNode[], names: new UniqueNames(), href, previous }
  const { files, names } = filling
  for (const [index, row] of rows.entries()) {
    const stem = episodeStem(show, row)
    const hasVersions = isSameEpisode(row, rows[index - 1]) || isSameEpisode(row, rows[index + 1])
    const extension = libraryExtension(row.filePath)
    const owned = names.claimStem(hasVersions ? versionStems(stem, row) : [stem], extension)
    files.push(fileNode(previous, href, owned + extension, factsOf(row)))
    yield* addCompanions(filling, row, owned, companions)
    if (index % STEP === 0) yield
  }
  return yield* directoryNode(previous, place.name, href, files, 0, place.owner)
}

function factsOf({ infoHash, fileIndex, sizeBytes, assignedAtMs }: VideoRow): FileFacts {
  return { infoHash, fileIndex, sizeBytes, modifiedAtMs: assignedAtMs, isSubtitle: false }
}

/** The earlier assignment keeps its name when another comes. */
function bySeniority(a: VideoRow, b: VideoRow): number {
  return a.assignedAtMs - b.assignedAtMs || compareText(a.infoHash, b.infoHash) || a.fileIndex - b.fileIndex
}

function byEpisode(a: EpisodeRow, b: EpisodeRow): number {
  return a.season - b.season || a.episode - b.episode || a.lastEpisode - b.lastEpisode || bySeniority(a, b)
}

function isSameEpisode(row: EpisodeRow, other: EpisodeRow | undefined): boolean {
  return other !== undefined && row.episode === other.episode && row.lastEpisode === other.lastEpisode
}

/** By UTF-16 code units: the same on every machine, and without collation tables. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function addTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key)
  if (known) known.push(value)
  else map.set(key, [value])
}
