const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `1.5 GiB`; bytes without a fraction. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

/** `1 file`, `2 files`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

export const formatPercent = (share: number): string => `${Math.floor(share * 100)} %`

export const titleWithYear = (title: string, year: number | null): string =>
  year === null ? title : `${title} (${year})`

/** `S01E02`. */
export const episodeCode = (season: number, episode: number): string =>
  `S${String(season).padStart(2, '0')}E${String(episode).padStart(2, '0')}`

interface Numbered {
  readonly season: number | null
  readonly episode: number | null
}

/** `Title (Year)  S01E02  1080p`, as far as they are known. */
export function placeText(title: string | undefined, { season, episode }: Numbered, resolution: string | null): string {
  const code = season === null || episode === null ? '' : episodeCode(season, episode)
  return [title ?? '', code, resolution ?? ''].filter((part) => part !== '').join('  ')
}
