import type { NameIdentity } from '../../../lib/domain/identify.ts'

/** What was understood, in the notation of the name tables. */
export function says(identity: NameIdentity): string {
  if (identity.type === 'unknown') return '?'
  const title = [identity.title ?? '', identity.year === null ? '' : `(${identity.year})`].filter(Boolean).join(' ')
  if (identity.type === 'movie') return title
  const { season, episodes, absoluteEpisodes, airDate } = identity
  const numbers = [
    season === null ? '' : `S${season}${episodes.length > 0 ? `E${compact(episodes)}` : ''}`,
    absoluteEpisodes.length > 0 ? `#${compact(absoluteEpisodes)}` : '',
    airDate === null ? '' : `@${airDate}`,
  ]
  return [title, ...numbers].filter(Boolean).join(' ')
}

const compact = (numbers: readonly number[]): string => {
  const [first = 0] = numbers
  const isRun = numbers.every((number, index) => number === first + index)
  return numbers.length > 1 && isRun ? `${first}-${numbers.at(-1)}` : numbers.join(',')
}
