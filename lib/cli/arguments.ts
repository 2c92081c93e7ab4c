import { AppError } from '../domain/errors.ts'
import type { CliClient } from './cli-client.ts'
import { allPages } from './pages.ts'

// What stands for things on the command line: `movie:12`, `show:3`, `episode:45`, and files as `<hash>:<number>`.

export type ItemKind = 'movie' | 'show' | 'episode'

export interface ItemArgument<K extends ItemKind = ItemKind> {
  readonly kind: K
  readonly id: number
}

/** Enough of an info-hash to name a torrent; any unique beginning of at least this many digits does. */
const MIN_DIGITS = 4
const FILE = /^([0-9a-f]+):(\d{1,6})$/i
const TITLE = /^(.*\S)\s*\((\d{4})\)$/

/** Throws `invalid` for what is none of these kinds. */
export function itemArgument<K extends ItemKind>(text: string, kinds: readonly K[]): ItemArgument<K> {
  const [, kind, id] = /^(movie|show|episode)[:/](\d{1,15})$/.exec(text) ?? []
  const known = kinds.find((one) => one === kind)
  if (known === undefined)
    throw new AppError('invalid', `not one of ${kinds.map((one) => `${one}:ID`).join(', ')}: ${text}`)
  return { kind: known, id: Number(id) }
}

/** `Title (Year)`, or a title alone. */
export function titleArgument(text: string): { title: string; year?: number } {
  const [, title = text, year] = TITLE.exec(text) ?? []
  return year === undefined ? { title } : { title, year: Number(year) }
}

/** Fails with `invalid` for what cannot be an info-hash, or begins several; `not_found` when it begins none. */
export async function hashArgument(text: string, client: CliClient, signal: AbortSignal | undefined): Promise<string> {
  const digits = text.toLowerCase()
  if (/^[0-9a-f]{40}$/.test(digits)) return digits
  if (!/^[0-9a-f]+$/.test(digits) || digits.length < MIN_DIGITS) {
    throw new AppError('invalid', `not an info-hash, nor at least ${MIN_DIGITS} digits of its beginning: ${text}`)
  }
  const torrents = await allPages(async (page) => {
    const answer = await client.torrents(page, signal)
    return { items: answer.torrents, total: answer.total }
  }, signal)
  const [found, another] = torrents.filter((torrent) => torrent.info_hash.startsWith(digits))
  if (!found) throw new AppError('not_found', `no torrent begins with ${digits}`)
  if (another) throw new AppError('invalid', `several torrents begin with ${digits}`)
  return found.info_hash
}

export const isFileArgument = (text: string): boolean => FILE.test(text)

/** The id of a file: its torrent as `hashArgument`, a colon, its number. Fails as that does. */
export async function fileArgument(text: string, client: CliClient, signal: AbortSignal | undefined): Promise<string> {
  const [, hash, index] = FILE.exec(text) ?? []
  if (hash === undefined) {
    throw new AppError('invalid', `not a file, which is an info-hash or its beginning, a colon and a number: ${text}`)
  }
  return `${await hashArgument(hash, client, signal)}:${index}`
}
