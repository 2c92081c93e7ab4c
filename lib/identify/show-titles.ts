import type { IdentifyHints } from '../domain/identify.ts'
import type { FileContext } from './file-context.ts'
import type { NameReading } from './identify-name.ts'
import { groupBy } from './sibling-numbers.ts'
import type { TitleYear } from './title-region.ts'

const plain = (title: string): string => title.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/**
 * The show of each file of a torrent. Files of one show may spell it differently or not at all (`tbbt.101.avi`), so the
 * torrent's name decides, unless its files clearly belong to several shows.
 */
export function showTitles(
  torrent: NameReading,
  contexts: readonly FileContext[],
  hints: IdentifyHints | undefined,
): (context: FileContext) => TitleYear {
  if (hints?.title !== undefined) {
    const hinted: TitleYear = { title: hints.title, year: hints.year ?? null }
    return () => hinted
  }
  // `1.mkv` is its number, and no show
  const called = ({ own }: FileContext): string =>
    own.title === null || (own.type !== 'episode' && /^\d{1,3}$/.test(own.title)) ? '' : plain(own.title)
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
    if (isShow) return { title: torrent.title, year: torrent.year ?? commonYear }
    const { own } = context
    const isUsual = common && groups.has(called(context)) && groups.get(called(context))?.length !== 1
    if (areSeveral || isUsual || contexts.length === 1)
      if (own.title !== null) return { title: own.title, year: own.year ?? context.folderYear }
    if (context.folderTitle !== null && (own.title === null || contexts.length > 1 || context.season !== null))
      return { title: context.folderTitle, year: context.folderYear }
    if (common && common.title !== null && contexts.length > 1)
      return { title: common.title, year: common.year ?? commonYear }
    return { title: called(context) === '' ? torrent.title : own.title, year: own.year ?? torrent.year }
  }
}
