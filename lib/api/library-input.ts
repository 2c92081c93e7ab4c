import type { ItemReference } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import type { NewMovie, Page } from '../domain/library.ts'
import type { MetadataSource } from './api-services.ts'

/** Of a checked body: title or tmdb_id is there. */
export interface TitledInput {
  readonly title?: string | undefined
  readonly year?: number | null | undefined
  readonly tmdb_id?: number | undefined
}

type Titled = Exclude<ItemReference<never>, { readonly id: never }>

/**
 * What an item is called; a tmdb_id without a title is looked up. Fails with `unavailable` when there is nowhere to look,
 * and as the source does.
 */
export async function titledInput<K extends 'movie' | 'show'>(
  kind: K,
  body: TitledInput,
  metadata: MetadataSource | undefined,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<MetadataSource[K]>> | Titled> {
  const { title, year = null, tmdb_id: tmdbId } = body
  if (title !== undefined) return { title, year, ...(tmdbId !== undefined && { tmdbId }) }
  if (!metadata) throw new AppError('unavailable', 'looking up a tmdb_id needs TMDB_API_KEY: set it, or send a title')
  return (await metadata[kind](tmdbId ?? 0, signal)) as Awaited<ReturnType<MetadataSource[K]>>
}

/** An item by its id, or by what it is called. */
export async function itemReference<Id>(
  kind: 'movie' | 'show',
  id: Id | undefined,
  body: TitledInput,
  metadata: MetadataSource | undefined,
  signal: AbortSignal,
): Promise<ItemReference<Id>> {
  if (id !== undefined) return { id }
  const { title, year, tmdbId }: NewMovie = await titledInput(kind, body, metadata, signal)
  return { title, year, ...(tmdbId !== undefined && { tmdbId }) }
}

interface PageInput<Sort> {
  readonly limit: number
  readonly offset: number
  readonly q?: string | undefined
  readonly sort: Sort
  readonly order?: 'asc' | 'desc' | undefined
}

export const listOf = <Sort>({ limit, offset, q, sort, order }: PageInput<Sort>) => ({
  limit,
  offset,
  sort,
  ...(q !== undefined && q !== '' && { query: q }),
  ...(order !== undefined && { isDescending: order === 'desc' }),
})

export const pageOf = (
  query: PageInput<NonNullable<Page['sort']>> & {
    readonly year?: number | undefined
    readonly assigned?: 'true' | 'false' | undefined
  },
): Page => ({
  ...listOf(query),
  ...(query.year !== undefined && { year: query.year }),
  ...(query.assigned !== undefined && { isAssigned: query.assigned === 'true' }),
})
