import { throwIfAborted } from '../domain/abort.ts'
import type { CliClient, ListedMovie, ListedShow } from './cli-services.ts'
import type { Output } from './output.ts'

/** The most that one call answers with. */
const PAGE_ITEMS = 500

export interface ListOptions {
  readonly kind: 'movies' | 'shows' | undefined
  readonly query: string | undefined
}

interface Row {
  readonly type: 'movie' | 'show'
  readonly id: number
  readonly title: string
  readonly year: number | null
  readonly holds: string
}

/** Movies, then shows. */
export async function listCommand(
  { kind, query }: ListOptions,
  client: CliClient,
  output: Output,
  signal?: AbortSignal,
): Promise<number> {
  const page = (offset: number) => ({ limit: PAGE_ITEMS, offset, ...(query !== undefined && { query }) })
  const movies = await pages(kind === 'shows', signal, async (offset) => {
    const answer = await client.movies(page(offset), signal)
    return { items: answer.movies, total: answer.total }
  })
  const shows = await pages(kind === 'movies', signal, async (offset) => {
    const answer = await client.shows(page(offset), signal)
    return { items: answer.shows, total: answer.total }
  })
  if (output.isJson) output.json({ movies, shows })
  else printList([...movies.map(movieRow), ...shows.map(showRow)], output)
  return 0
}

/** All items; ends when a page is empty, whatever the totals say meanwhile. */
async function pages<T>(
  isLeftOut: boolean,
  signal: AbortSignal | undefined,
  read: (offset: number) => Promise<{ readonly items: readonly T[]; readonly total: number }>,
): Promise<T[]> {
  const all: T[] = []
  while (!isLeftOut) {
    throwIfAborted(signal)
    const { items, total } = await read(all.length)
    all.push(...items)
    if (items.length === 0 || all.length >= total) break
  }
  return all
}

function printList(rows: readonly Row[], output: Output): void {
  if (rows.length === 0) {
    output.line('Nothing found.')
    return
  }
  output.table(
    [
      { title: 'TYPE', value: (row) => row.type },
      { title: 'ID', value: (row) => String(row.id), align: 'right' },
      { title: 'TITLE', value: (row) => row.title, canShrink: true },
      { title: 'YEAR', value: (row) => String(row.year ?? '') },
      { title: 'HOLDS', value: (row) => row.holds },
    ],
    rows,
  )
}

function movieRow({ id, title, year, assignments }: ListedMovie): Row {
  const versions = assignments.filter((assignment) => assignment.is_active).map(({ resolution }) => resolution ?? 'yes')
  return { type: 'movie', id, title, year, holds: versions.join(', ') || 'nothing' }
}

const showRow = ({ id, title, year, assigned_count, episode_count }: ListedShow): Row => ({
  type: 'show',
  id,
  title,
  year,
  holds: `${assigned_count} of ${episode_count} episodes`,
})
