/** ISO 639-1. */
const CODES =
  `aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
  en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
  kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn
  no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
  tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu`.split(/\s+/)

/** What names say beyond the standards and the platform's tables: countries for languages, old codes, the scene's own. */
const ALIASES: Readonly<Record<string, string>> = {
  bn: 'bengali',
  cs: 'cz',
  da: 'dk',
  el: 'gr',
  es: 'castellano castilian esp',
  fa: 'farsi',
  fr: 'vf vff vostfr',
  he: 'iw',
  ja: 'jp',
  ko: 'kr',
  nl: 'flemish vlaams',
  nb: 'bokmal',
  nn: 'nynorsk',
  'pt-BR': 'pob pb ptbr brazilian brasileiro',
  ro: 'moldavian',
  tl: 'tagalog fil tgl',
  uk: 'ua',
  yue: 'yue cantonese',
  zh: 'cn cmn mandarin',
  'zh-Hans': 'chs sc 简体 简体中文 简中',
  'zh-Hant': 'cht tc big5 繁體 繁体 繁體中文 繁体中文 繁中',
}

/** What a second word adds to a language: its region or script (BCP 47). */
const VARIANTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  de: { AT: 'at', CH: 'ch' },
  en: { AU: 'au', CA: 'ca', GB: 'gb uk british', US: 'us american' },
  es: {
    419: '419 la latin latino latinoamericano america american',
    AR: 'ar',
    ES: 'es spain european castilian',
    MX: 'mx mexican',
  },
  fr: { BE: 'be', CA: 'ca canadian canada', CH: 'ch', FR: 'fr france european' },
  nl: { BE: 'be' },
  pt: { BR: 'br brazil brazilian brasil brasileiro', PT: 'pt portugal european iberian' },
  sr: { Cyrl: 'cyrl cyrillic', Latn: 'latn latin' },
  zh: { CN: 'cn', HK: 'hk', Hans: 'hans simplified chs', Hant: 'hant traditional cht', SG: 'sg', TW: 'tw taiwan' },
}

const subtags = new Map(
  Object.entries(VARIANTS).map(([language, variants]) => [
    language,
    new Map(Object.entries(variants).flatMap(([subtag, words]) => words.split(' ').map((word) => [word, subtag]))),
  ]),
)

/** Of `word` without accents, in lower case. */
export function plainWord(word: string): string {
  return word
    .normalize('NFKD')
    .replace(/\p{Mn}+/gu, '')
    .normalize('NFC')
    .toLowerCase()
}

let languages: ReadonlyMap<string, string> | undefined

/** Made when it is first needed: it takes some 20 ms. */
function languageWords(): ReadonlyMap<string, string> {
  if (languages) return languages
  const words = new Map<string, string>()
  const english = new Intl.DisplayNames(['en'], { type: 'language' })
  for (const code of CODES) {
    const own = new Intl.DisplayNames([code], { type: 'language' })
    for (const name of [own.of(code), english.of(code)]) if (name) words.set(plainWord(name), code)
  }
  for (const code of CODES) words.set(code, code)
  for (const [language, aliases] of Object.entries(ALIASES)) {
    for (const alias of aliases.split(' ')) words.set(plainWord(alias), language)
  }
  languages = words
  return words
}

/**
 * The language that a word names, as a code (ISO 639-1, ISO 639-2 B and T) or by its name in English or in itself.
 * @param word a `plainWord`, or two with a space between them
 * @returns BCP 47
 */
export function languageOf(word: string): string | undefined {
  const known = languageWords().get(word)
  if (known !== undefined || !/^[a-z]{3}$/.test(word)) return known
  const code = new Intl.Locale(word).language
  return code.length === 2 ? languageWords().get(code) : undefined
}

/** `pt` and `brazilian` give `pt-BR`; undefined when the word says nothing more of that language. */
export function variantOf(language: string, word: string): string | undefined {
  const subtag = subtags.get(language)?.get(word)
  return subtag === undefined ? undefined : `${language}-${subtag}`
}

/** Whether a word makes a variant of some language. */
export function isVariantWord(word: string): boolean {
  for (const words of subtags.values()) if (words.has(word)) return true
  return false
}
