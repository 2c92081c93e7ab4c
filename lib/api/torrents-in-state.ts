import type { TorrentState } from '../domain/activity.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { Paged, StoredTorrentRow, TorrentPage } from '../domain/library.ts'
import { nextTurn } from '../domain/slices.ts'
import type { ApiServices } from './api-services.ts'

/** So many are read one by one; of more, nearly all are in that state. */
const FEW = 200
/**
 * How many are read before the event loop has its turn: each step looks at all names again, and what it reads is mostly
 * files, of which a torrent has one or thousands.
 */
const MIN_STEP = 20
const MAX_STEP = 320
const STEP_FILES = 1000

/**
 * A page of the torrents in one state, as `LibraryQueries.torrents` would give it if the library knew states. One that
 * changes meanwhile may be missed. Fails with the signal's reason.
 */
export async function torrentsInState(
  state: TorrentState,
  page: TorrentPage,
  { queries, activity }: Pick<ApiServices, 'queries' | 'activity'>,
  signal: AbortSignal,
): Promise<Paged<StoredTorrentRow>> {
  const meant = new Set<InfoHash>()
  for (const { infoHash } of queries.states()) if (activity.state(infoHash) === state) meant.add(infoHash)
  if (meant.size <= FEW)
    return pageOfFew(
      [...meant].map((infoHash) => queries.torrent(infoHash)),
      page,
    )
  const { limit, offset, ...rest } = page
  const hasQuery = rest.query !== undefined
  const items: StoredTorrentRow[] = []
  let found = 0
  let step = MIN_STEP
  for (let at = 0; ; ) {
    const { items: rows, total } = queries.torrents({ ...rest, limit: step, offset: at })
    at += step
    for (const row of rows) {
      if (!meant.has(row.infoHash)) continue
      if (found >= offset && items.length < limit) items.push(row)
      found += 1
    }
    if (!hasQuery && items.length === limit) return { items, total: meant.size }
    if (at >= total) return { items, total: found }
    const files = rows.reduce((sum, row) => sum + row.files.length, 0)
    step = files < STEP_FILES ? Math.min(step * 2, MAX_STEP) : MIN_STEP
    await nextTurn()
    signal.throwIfAborted()
  }
}

function pageOfFew(
  rows: readonly StoredTorrentRow[],
  { limit, offset, query = '', sort = 'name', isDescending = sort !== 'name' }: TorrentPage,
): Paged<StoredTorrentRow> {
  const matching = rows.filter(({ name }) => name.toUpperCase().includes(query.toUpperCase()))
  const keyOf = { name: byName, added: byAdded, size: bySize }[sort]
  const direction = isDescending ? -1 : 1
  matching.sort((a, b) => direction * keyOf(a, b) || compare(a.infoHash, b.infoHash))
  return { items: matching.slice(offset, offset + limit), total: matching.length }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byName = (a: StoredTorrentRow, b: StoredTorrentRow): number => compare(a.name, b.name)
const byAdded = (a: StoredTorrentRow, b: StoredTorrentRow): number => a.addedAtMs - b.addedAtMs
const bySize = (a: StoredTorrentRow, b: StoredTorrentRow): number => a.sizeBytes - b.sizeBytes
