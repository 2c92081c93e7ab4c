import { knownExtension } from './file-kind.ts'

/** What file systems hold is shorter; what is longer is hostile, and its head says enough. */
const MAX_NAME_LENGTH = 512

const DOMAIN = String.raw`(?:www[. ]{1,2})?[\p{L}\d-]{2,40}[. ](?:com|org|net|info|tv|cc|to|me|io|ru|se|tc|in|is|biz|club|xyz|vip|life|cx|pe|mx|pw|ws|eu|nl|it|es|fr|de|ro|si|lol)`
const SITE_PREFIXES = [
  new RegExp(String.raw`^[-= ]{0,4}[\[({] ?(?:[a-z ]{2,30} (?:at|from|by|on) )?${DOMAIN} ?[\])}][-= ._]{0,5}`, 'iu'),
  /^w{2,3}[., ][\p{L}\d.-]{2,60}\.[a-z]{2,6}(?:[ ._]{0,2}-[ ._]{0,2}|[ _]{1,3})/iu,
  // what it is, as recorders in Japan begin: `(アニメ) [BD] `
  /^\([\p{Script=Katakana}\p{Script=Han}ー]{2,6}\)[ ._]{0,2}(?:\[(?:BD|DVD|TV)\][ ._]{0,2})?(?=[^ ._])/u,
  // sites of China, `电影天堂www.site.com.`
  /^\[?[\p{Script=Han}]{0,12}www\.[\p{L}\d-]{2,40}\.(?:com|net|org|cc|cn|tv|me|vip|xyz|top)[\] .-]{1,3}/iu,
  /^[\p{L}\d-]{3,30}\.(?:com|org|net|info|ws|cc|to|me|io|ru)[ ]{1,4}-[ ]{1,4}/iu,
  /^www [\p{L}\d]{3,30} [a-z]{2,6} - /iu,
  /^@[\p{L}\d_]{3,30} - /u,
  // a film's number at IMDb
  /^tt\d{7,8}[ ._-]{1,3}(?=[\p{L}\p{N}])/u,
  // networks of Korea
  /^(?:jtbc|kbs ?\d?|mbc|sbs|tvn|ocn|mbn|ebs)[ ._]{1,2}(?=\p{Script=Hangul})/iu,
  // what it is, in Arabic: `مسلسل` is a series
  /^(?:مسلسل|فيلم)[ ._]{1,3}(?=\p{L})/u,
  // sites of India
  /^download[ ]+(?=[^{|]{1,200}[{|])/iu,
  // an indexer's tag and its request number
  /^\[[\p{L}\d.#@-]{3,30}\][ ._-]{0,2}\[(?!(?:19|20)\d\d\])\d{4,8}\][ ._-]{0,3}(?:\[full\][ ._-]{0,3})?/iu,
]
const SITE_SUFFIXES = [
  /[ ._]{0,4}-[ ._]{1,4}www\.[\p{L}\d.-]{2,60}\.[a-z]{2,6}$/iu,
  new RegExp(String.raw`[-= ._]{0,4}[\[({] ?${DOMAIN} ?[\])}]$`, 'iu'),
  /[-= ._]{0,3}[[({](?:eztv|ettv|rartv|rarbg|publichd|tgx|vtv|glodls|ethd|eztvx|cttv|prt|torrentgalaxy|galaxyrg|galaxytv)[\])}]$/iu,
  /[ ._]{0,2}-(?:sample|obfuscated|xpost|postbot|rakuv?[\d]{0,3}|buymore|asrequested|altebabuzhou|chamele0n|scrambled|nzbgeek|pre)$/iu,
]

/** The subject of a usenet post: `[12345]-[FULL]-[#channel]-[ Name ]-[01/28] - "name.nfo" yEnc (1/9)`, `"Name.mkv" yEnc`. */
const SUBJECT =
  /^\[\d{4,8}\]-(?:\[[^[\]]{2,40}\]-){1,3}?\[ ?(?=[^\]]*[ ._][^\]]*\])([^[\]#@/]{5,200}?) ?\]|[[(] ?([^[\]()]{5,200}?) ?[\])][ -]{0,3}\[\d{1,4}\/\d{1,4}\]|"([^"]{5,200})"[ -]{1,3}(?:\d[\d.,]{0,9} [KMG]B[ -]{1,3})?yEnc/i
const SUBJECT_HINT = /^\[\d{4,8}\]-\[|yEnc|[\])]-?\[\d{1,4}\//

/** All of the prefixes start so. */
const MAY_START_WITH_SITE =
  /^(?:[-=[({ w@]|download |tt\d|مسلسل|فيلم|(?:jtbc|kbs|mbc|sbs|tvn|ocn|mbn|ebs)[ ._\d]|\p{Script=Han}{1,12}www\.|[\p{L}\d-]{3,30}\.[a-z]{2,4} )/iu
/** All of the suffixes end so; most names end in a dash and a group. */
const MAY_END_IN_SITE = /[\])}]$|www\.|-(?:sample|obf|xpost|post|rak|buy|asreq|alte|cham|scra|nzb|pre)[\da-z]*$/iu

export interface CleanName {
  /** ASCII digits and brackets, no extension, no site. */
  readonly text: string
  /** As `knownExtension` tells it. */
  readonly extension: string | null
}

/** Full-width forms (U+FF01 to U+FF5E) are the ASCII ones, moved. */
const toAscii = (char: string): string => String.fromCharCode((char.codePointAt(0) ?? 0) - 0xfee0)

const PRINTABLE_ASCII = /^[ -~]*$/

/** The brackets, dashes and spaces of all scripts to those of ASCII. */
const fold = (text: string): string =>
  text
    .replace(/\p{Cs}/gu, ' ')
    .normalize('NFC')
    .replace(/[！-～]/g, toAscii)
    .replace(/(?<=\p{L})[『「《]([^』」》]{1,40})[』」》](?=\p{L})/gu, ' $1 ') // quoted within a title
    .replace(/[【『「《〔［]/g, '[')
    .replace(/[】』」》〕］]/g, ']')
    .replace(/[“”"]/g, ' ')
    .replace(/[‐‑‒–—―−]/g, '-')
    .replace(/(?<=\d)[х×](?=\d)/g, 'x') // the first is Cyrillic
    .replace(/[★☆\p{Cc}\p{Zs}\p{Cf}\p{Co}]/gu, ' ')

/** A release or file name as the rules read it. Never throws; at most 512 characters are looked at. */
export function cleanName(given: string): CleanName {
  const subject = SUBJECT_HINT.test(given) ? SUBJECT.exec(given) : null
  const name = subject?.[1] ?? subject?.[2] ?? subject?.[3] ?? given
  const extension = knownExtension(name)
  const stem = (extension === null ? name : name.slice(0, -extension.length - 1)).slice(0, MAX_NAME_LENGTH)
  let text = (PRINTABLE_ASCII.test(stem) ? stem.replaceAll('"', ' ') : fold(stem)).trim()
  if (MAY_START_WITH_SITE.test(text)) for (const prefix of SITE_PREFIXES) text = trimUnlessAll(text, prefix)
  for (let round = 0; round < 3 && MAY_END_IN_SITE.test(text); round++) {
    const before = text
    for (const suffix of SITE_SUFFIXES) text = trimUnlessAll(text, suffix)
    if (text === before) break
  }
  return { text, extension }
}

function trimUnlessAll(text: string, pattern: RegExp): string {
  const rest = text.replace(pattern, '')
  return rest === '' ? text : rest
}
