import { bareTitle } from './plain-title.ts'

const MOST_LETTERS = 5
const GROUP = /^[\p{L}\d]{2,12}-(.+)$/u

/**
 * Whether a file shortens the title that its folder tells: its initials or some of its letters in their order (`bsg`), in
 * names of lower case also behind the group's name (`grp-qh`, `grp-quiet.harbour`).
 */
export function isShortened(name: string, title: string | null, whole: string | null): boolean {
  const [short, full] = [bareTitle(title), bareTitle(whole)]
  if (whole === null || short === '' || full === '' || short === full) return false
  const initials = bareTitle(whole.replace(/(?<=[\p{L}\p{N}])[\p{L}\p{N}'´’]+/gu, ''))
  const behindGroup = name === name.toLowerCase() ? bareTitle(GROUP.exec(title ?? '')?.[1] ?? null) : ''
  if (behindGroup !== '' && (behindGroup === full || behindGroup === initials)) return true
  if (short.length > MOST_LETTERS || short.length >= full.length) return false
  return short === initials || (short[0] === full[0] && new RegExp(short.split('').join('.*'), 'u').test(full))
}
