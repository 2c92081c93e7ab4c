import { plainTitle } from './plain-title.ts'

/**
 * Of `Jan Reed - Long Tide` the part that another name of the same thing tells alone, its counter set aside: a torrent's
 * file, or the folder of a file. Else the whole.
 */
export function agreedTitle(title: string | null, other: string | null): string | null {
  const dash = title?.lastIndexOf(' - ') ?? -1
  if (title === null || other === null || dash < 0) return title
  const tail = title.slice(dash + 3)
  const isAgreed = [other, other.replace(/ \d{1,2}$/, '')].some((one) => plainTitle(one) === plainTitle(tail))
  return isAgreed && plainTitle(tail) !== '' ? tail : title
}
