import type { FileKey } from '../domain/curation.ts'
import type { ByteRange } from '../domain/ranges.ts'
import type { FoundSubtitle, SubtitleMatchedBy, SubtitleQuery } from '../domain/subtitles.ts'
import { HASH_CHUNK_BYTES, osdbHash } from './osdb-hash.ts'
import type { SubtitleProvider, SubtitleSearch } from './provider.ts'
import { languageRank } from './provider-languages.ts'

/** Bytes of a torrent's file out of the cache; undefined when not all are there. Never wakes the network. */
export type ReadStored = (file: FileKey, range: ByteRange, signal: AbortSignal) => Promise<Uint8Array | undefined>

/** Versions of one item beyond these are not looked for by hash. */
const MAX_HASHED_FILES = 4

const RANKS: Readonly<Record<SubtitleMatchedBy, number>> = { hash: 0, id: 1, name: 2 }

/**
 * Asks for the very files, as far as their ends are in the cache, then by ids; by name where neither gave anything in one
 * of the languages. Each subtitle once, as it was found first; by language, the surest first. Fails as the provider does.
 */
export async function findSubtitles(
  provider: SubtitleProvider,
  query: SubtitleQuery,
  languages: readonly string[],
  readStored: ReadStored,
  signal: AbortSignal,
): Promise<readonly FoundSubtitle[]> {
  const found = new Map<string, FoundSubtitle>()
  const ask = async (search: SubtitleSearch, asked: readonly string[]): Promise<void> => {
    for (const subtitle of await provider.search(search, asked, signal)) {
      if (!found.has(subtitle.fileId)) found.set(subtitle.fileId, subtitle)
    }
  }
  for (const search of await hashSearches(query, readStored, signal)) await ask(search, languages)
  const { tmdbId, imdbId, title, year, season, episode } = query
  const numbers = season !== null && episode !== null ? { episode: { season, episode } } : {}
  if (tmdbId !== null || imdbId !== null) await ask({ by: 'id', tmdbId, imdbId, ...numbers }, languages)
  const missing = languages.filter(
    (one) => ![...found.values()].some(({ language }) => languageRank(language, [one]) === 0),
  )
  if (missing.length > 0) await ask({ by: 'name', title, year, ...numbers }, missing)
  return [...found.values()].sort(
    (a, b) =>
      languageRank(a.language, languages) - languageRank(b.language, languages) ||
      RANKS[a.matchedBy] - RANKS[b.matchedBy] ||
      Number(a.isMachineTranslated) - Number(b.isMachineTranslated) ||
      Number(b.isTrusted) - Number(a.isTrusted) ||
      b.downloads - a.downloads,
  )
}

async function hashSearches(
  { files }: SubtitleQuery,
  readStored: ReadStored,
  signal: AbortSignal,
): Promise<readonly SubtitleSearch[]> {
  const searches: SubtitleSearch[] = []
  for (const file of files.slice(0, MAX_HASHED_FILES)) {
    const { sizeBytes } = file
    if (sizeBytes < 2 * HASH_CHUNK_BYTES) continue
    const head = await readStored(file, { start: 0, end: HASH_CHUNK_BYTES }, signal)
    const tail = head && (await readStored(file, { start: sizeBytes - HASH_CHUNK_BYTES, end: sizeBytes }, signal))
    const hash = tail && osdbHash(sizeBytes, head, tail)
    if (hash !== undefined) searches.push({ by: 'hash', hash, sizeBytes })
  }
  return searches
}
