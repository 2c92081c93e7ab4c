import { knownExtension } from './file-kind.ts'
import { type NameReading, readName } from './identify-name.ts'

const SEASON_FOLDER =
  /^(?:season|series|saison|staffel|temporada|stagione|seizoen|sezon|сезон|s|disc|volume|book)[ ._-]{0,2}(\d{1,4})$/iu
const SPECIALS_FOLDER = /^(?:specials?|season[ ._-]?0{1,2}|ovas?|s00)$/i

/** `Season 2`, `S02`, `Specials` (0): folders that name a season and nothing else. */
export function seasonOfFolder(name: string): number | undefined {
  if (SPECIALS_FOLDER.test(name.trim())) return 0
  const match = SEASON_FOLDER.exec(name.trim())
  return match && !/^(?:disc|volume|book)/i.test(name) ? Number(match[1]) : undefined
}

/** The folders and the name of a path; one part for a plain name, slashes in a title included. */
export function pathParts(name: string): readonly string[] {
  const isPath =
    /^(?:[A-Za-z]:[\\/]|[\\/])/.test(name) ||
    (knownExtension(name) !== null && !/[[(][^\])]*[\\/]| [\\/]|[\\/] /.test(name))
  if (!isPath) return [name]
  const parts = name.split(/[\\/]/).filter((part) => part.trim() !== '' && !/^[A-Za-z]:$/.test(part))
  return parts.length === 0 ? [name] : parts
}

/** Reads a path's last name, and its folders for what that leaves open. */
export function readPath(path: string): NameReading {
  const parts = pathParts(path)
  const own = readName(parts.at(-1) ?? path)
  if (parts.length === 1) return own
  const folders = parts.slice(0, -1).toReversed()
  const named = folders.slice(0, 2).map(readName)
  const better = named.find((folder) => folder.episodes.length > 0 && folder.confidence > Math.max(own.confidence, 0.6))
  const reading = better ?? own
  const season = folders.map(seasonOfFolder).find((number) => number !== undefined)
  const titled =
    reading.title !== null ? reading : folders.filter((name) => seasonOfFolder(name) === undefined).map(readName)[0]
  return {
    ...reading,
    title: titled?.title ?? null,
    year: reading.year ?? titled?.year ?? null,
    season: reading.season ?? (reading.type === 'episode' ? (season ?? null) : null),
  }
}
