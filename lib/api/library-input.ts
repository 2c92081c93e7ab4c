import type { Page } from '../domain/library.ts'

export const NO_METADATA = 'looking up a tmdb_id needs TMDB_API_KEY: set it, or send a title'

export const pageOf = (query: { limit: number; offset: number; q?: string | undefined }): Page => ({
  limit: query.limit,
  offset: query.offset,
  ...(query.q !== undefined && query.q !== '' && { query: query.q }),
})
