/** What OpenSubtitles calls otherwise than BCP 47 does. */
const CODES: readonly (readonly [theirs: string, ours: string])[] = [
  ['pt-pt', 'pt'],
  ['pt-br', 'pt-BR'],
  ['zh-cn', 'zh-Hans'],
  ['zh-tw', 'zh-Hant'],
  ['zh-ca', 'yue'],
  ['sp', 'es-ES'],
  ['ea', 'es-419'],
  ['no', 'nb'],
  ['me', 'cnr'],
]

const OURS = new Map([...CODES, ['ze', 'zh']])
const THEIRS = new Map(CODES.map(([theirs, ours]) => [ours.toLowerCase(), theirs]))

/** A language without its script or region stands for all of its kind. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  es: ['es', 'ea', 'sp'],
  nn: ['no'],
  no: ['no'],
  pt: ['pt-br', 'pt-pt'],
  zh: ['ze', 'zh-cn', 'zh-tw'],
}

/** Languages as this service writes them, for a search. */
export function toProviderLanguages(languages: readonly string[]): string[] {
  const codes = languages.flatMap((language) => {
    const code = language.toLowerCase()
    const base = code.replace(/-.*/, '')
    return KINDS[code] ?? THEIRS.get(code) ?? KINDS[base] ?? base
  })
  return [...new Set(codes)].sort()
}

/** Null for what is no language. */
export function fromProviderLanguage(code: string | null): string | null {
  const lower = code?.toLowerCase() ?? ''
  const known = OURS.get(lower)
  if (known !== undefined) return known
  return /^[a-z]{2,3}$/.test(lower) ? lower : null
}

/** Where a language stands in what was asked for; `pt-BR` answers to `pt`, and the reverse. After all others otherwise. */
export function languageRank(language: string | null, asked: readonly string[]): number {
  const exact = asked.findIndex((one) => one.toLowerCase() === language?.toLowerCase())
  if (exact >= 0) return exact
  const base = language?.split('-')[0]
  const alike = asked.findIndex((one) => one.split('-')[0] === base)
  return alike >= 0 ? alike : asked.length
}
