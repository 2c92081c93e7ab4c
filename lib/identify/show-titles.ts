import type { IdentifyHints } from '../domain/identify.ts'
import { agreedTitle } from './agreed-title.ts'
import type { FileContext } from './file-context.ts'
import type { NameReading } from './identify-name.ts'
import { PART } from './mini-series.ts'
import type { EpisodePlace } from './place-episode.ts'
import { plainTitle } from './plain-title.ts'
import { isShortened } from './shortened.ts'
import { groupBy } from './sibling-numbers.ts'
import type { TitleYear } from './title-region.ts'

type Titles = (context: FileContext) => TitleYear

/**
 * The show of each file of a torrent. Files of one show may spell it differently or not at all (`tbbt.101.avi`), so the
 * torrent's name decides, unless its files clearly belong to several shows.
 */
export function showTitles(
  torrent: NameReading,
  places: ReadonlyMap<FileContext, EpisodePlace>,
  hints: IdentifyHints | undefined,
): Titles {
  if (hints?.title !== undefined) {
    const hinted: TitleYear = { title: hints.title, year: hints.year ?? null }
    return () => hinted
  }
  const contexts = [...places.keys()]
  const several = severalShows(torrent, places)
  if (several) return several
  const groups = groupBy(contexts, called)
  groups.delete('')
  const large = [...groups.values()].filter((group) => group.length > 1)
  // a torrent of parts may read like a film's; its files then share no title of their own
  const names = torrent.type === 'episode' || (torrent.type === 'movie' && contexts.length > 1 && large.length === 0)
  const isShow = names && torrent.title !== null
  const areSeveral = large.length > 1 && !isShow
  const years = contexts.flatMap(({ own }) => (own.year === null ? [] : [own.year]))
  const commonYear = new Set(years).size === 1 ? (years[0] ?? null) : null
  const common = [...groups.values()].toSorted((a, b) => b.length - a.length)[0]?.[0]?.own
  return (context) => {
    const { own, seriesTitle } = context
    if (seriesTitle !== null) return { title: seriesTitle, year: torrent.year ?? commonYear }
    if (isShow) return { title: agreedTitle(torrent.title, own.title), year: torrent.year ?? commonYear }
    if (isShortened(context.stem, own.title, context.folderTitle)) return ownTitle(context)
    const isUsual = common && groups.has(called(context)) && groups.get(called(context))?.length !== 1
    if (areSeveral || isUsual || contexts.length === 1)
      if (own.title !== null)
        return { title: own.title, year: own.year ?? context.folderYear ?? yearIn(torrent, own.title) }
    if (context.folderTitle !== null && (own.title === null || contexts.length > 1 || context.season !== null))
      return { title: context.folderTitle, year: context.folderYear }
    if (common && common.title !== null && contexts.length > 1)
      return { title: common.title, year: common.year ?? commonYear }
    return { title: called(context) === '' ? torrent.title : own.title, year: own.year ?? torrent.year }
  }
}

/** What a file calls its show; `1.mkv` is its number and no show, `10 Name.mkv` and `Show - Part 2 - Name.mkv` are episodes. */
const called = ({ own, stem }: FileContext): string =>
  own.title === null || (own.type !== 'episode' && (/^\d{1,3}(?:[ ._-]|$)/.test(stem) || PART.test(stem)))
    ? ''
    : plainTitle(own.title)

/** The torrent's year is that of the show whose title it has. */
const yearIn = (torrent: NameReading, title: string | null): number | null =>
  torrent.title !== null && plainTitle(title) === plainTitle(torrent.title) ? torrent.year : null

const ownTitle = (context: FileContext): TitleYear =>
  context.seriesTitle !== null ||
  called(context) === '' ||
  isShortened(context.stem, context.own.title, context.folderTitle)
    ? { title: context.seriesTitle ?? context.folderTitle, year: context.folderYear }
    : context.own

/**
 * Two names that number the same episodes are two shows: `Yes Harbour` and `Yes, Prime Harbour` in one torrent, the
 * making-of of a season beside it.
 */
function severalShows(torrent: NameReading, places: ReadonlyMap<FileContext, EpisodePlace>): Titles | undefined {
  const placed = [...places.keys()].filter((context) => (places.get(context)?.episodes.length ?? 0) > 0)
  const names = groupBy(placed, (context) => plainTitle(ownTitle(context).title))
  names.delete('')
  const groups = [...names.values()].filter((group) => group.length > 1)
  if (groups.length < 2) return undefined
  const numbers = groups.map((group) => new Set(group.map((context) => placeKey(places.get(context)))))
  const [first, ...others] = numbers.toSorted((a, b) => b.size - a.size)
  const areTwice = others.every((set) => [...set].filter((key) => first?.has(key)).length * 2 >= set.size)
  if (!areTwice) return undefined
  return (context) => {
    const title = ownTitle(context)
    return { title: title.title ?? torrent.title, year: title.year ?? yearIn(torrent, title.title) }
  }
}

const placeKey = (place: EpisodePlace | undefined): string => `${place?.season} ${place?.episodes.join('-')}`
