import { AppError } from '../domain/errors.ts'

/** As it is shown: NFC, single spaces. Throws `invalid` for an empty one. */
export function cleanTitle(text: string): string {
  const title = text.normalize('NFC').replace(/\s+/g, ' ').trim()
  if (title === '') throw new AppError('invalid', 'a title is empty')
  return title
}

/**
 * What titles are compared and searched by: equal for titles that differ in letter case, in spaces or in unicode form
 * (UAX 15, NFKC). Upper case, since it knows one form of sigma and of the sharp s. A key is its own key.
 */
export function titleKey(text: string): string {
  const folded = text.normalize('NFKC').toUpperCase().normalize('NFKC').toUpperCase().normalize('NFKC')
  return folded.replace(/\s+/g, ' ').trim()
}
