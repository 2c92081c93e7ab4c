import { join } from 'node:path'
import { AppError } from '../domain/errors.ts'
import type { Library } from '../library/library.ts'
import { MetadataCompletion } from '../metadata/completion.ts'
import { SqliteMetadataCache } from '../metadata/sqlite-cache.ts'
import { TmdbClient } from '../metadata/tmdb-client.ts'
import type { Base } from './parts.ts'

export interface Metadata {
  readonly provider: TmdbClient
  readonly completion: MetadataCompletion
}

function openCache(options: Parameters<typeof SqliteMetadataCache.open>[0]): SqliteMetadataCache {
  try {
    return SqliteMetadataCache.open(options)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new AppError('invalid', `DATA_DIR: ${options.path} cannot be opened: ${why}`, error)
  }
}

/** Undefined without a key: then everything goes by the names of files. */
export function createMetadata({ config, clock, logger, parts }: Base, library: Library): Metadata | undefined {
  const { tmdbApiKey: apiKey, tmdbBaseUrl: baseUrl } = config
  if (apiKey === '') return undefined
  const path = join(config.dataDir, 'metadata.sqlite')
  const cache = parts.own('metadata cache', openCache({ path, clock, logger }))
  const provider = new TmdbClient({ apiKey, baseUrl, cache, clock, logger })
  const completion = parts.own('metadata', new MetadataCompletion({ provider, store: library, clock, logger }))
  return { provider, completion }
}
