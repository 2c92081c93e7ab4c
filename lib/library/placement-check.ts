import { AppError } from '../domain/errors.ts'
import type { Placement } from '../domain/library.ts'
import type { TorrentFile } from '../domain/piece-layout.ts'
import type { Work } from '../domain/slices.ts'

/** Far more than any real file holds; keeps a misread range from covering a show's every episode. */
const MAX_SPAN = 1000

/** Throws `invalid` for a placement of a file that the torrent has not, of a file already placed, or without an episode. */
export function* checkPlacements(files: readonly TorrentFile[], placements: readonly Placement[]): Work<void> {
  const free = new Set<number>()
  for (const file of files) if (!file.isPad) free.add(file.index)
  const take = ({ fileIndex }: { readonly fileIndex: number }): void => {
    if (free.delete(fileIndex)) return
    throw new AppError('invalid', `file ${fileIndex} cannot be placed: no such file, or placed before`)
  }
  for (const placement of placements) {
    take(placement)
    placement.subtitles?.forEach(take)
    yield
    if (placement.kind === 'episode') checkEpisodes(placement.season, placement.episodes)
  }
}

/** Throws `invalid`. */
export function checkEpisodes(season: number, episodes: readonly number[]): void {
  const ascends = episodes.every((number, i) => i === 0 || number > (episodes[i - 1] ?? number))
  const isSound = isNumber(season) && episodes.every(isNumber)
  const [first = 0] = episodes
  const span = (episodes.at(-1) ?? 0) - first
  if (episodes.length === 0 || !ascends || !isSound || span >= MAX_SPAN) {
    throw new AppError(
      'invalid',
      `not episodes in ascending order: season ${season}, ${episodes.slice(0, 10).join(', ')}`,
    )
  }
}

const isNumber = (number: number): boolean => Number.isSafeInteger(number) && number >= 0
