/** How texts of some languages look, and what they were written in before UTF-8. */
export interface TextProfile {
  /** ISO 639-1, or 639-3 where there is none. */
  readonly languages: readonly string[]
  /** Labels of the Encoding Standard, the likeliest first. */
  readonly encodings: readonly string[]
  readonly script: 'latin' | 'other'
  /** Letters that the text may have beyond ASCII. */
  readonly isLetter: (codePoint: number) => boolean
  /** Letters that it has more of than any other text would; lower case. */
  readonly isCommon: (codePoint: number) => boolean
}

type Letters = (codePoint: number) => boolean

const bothCases = (letters: string): Letters => {
  const set = new Set(Array.from(letters + letters.toUpperCase(), (letter) => letter.codePointAt(0)))
  return (codePoint) => set.has(codePoint)
}

const among = (letters: string): Letters => {
  const set = new Set(Array.from(letters, (letter) => letter.codePointAt(0)))
  return (codePoint) => set.has(codePoint)
}

const within =
  (...ranges: readonly (readonly [number, number])[]): Letters =>
  (codePoint) =>
    ranges.some(([first, last]) => codePoint >= first && codePoint <= last)

const none: Letters = () => false

function latin(languages: string, encodings: string, letters: string): TextProfile {
  return {
    languages: languages.split(' '),
    encodings: encodings.split(' '),
    script: 'latin',
    isLetter: bothCases(letters),
    isCommon: none,
  }
}

function other(languages: string, encodings: string, isLetter: Letters, common: string): TextProfile {
  return {
    languages: languages.split(' '),
    encodings: encodings.split(' '),
    script: 'other',
    isLetter,
    isCommon: common === '' ? none : among(common),
  }
}

const IDEOGRAPHS = [0x4e00, 0x9fff] as const
const WESTERN = 'windows-1252'
const CENTRAL = 'windows-1250 iso-8859-2'

/** In the order in which they are believed where two fit alike. */
export const TEXT_PROFILES: readonly TextProfile[] = [
  latin('en fr it oc', WESTERN, 'àâæçéèêëîïìíôòóùúûüÿœ'),
  latin('de lb', WESTERN, 'äöüßé'),
  latin('es gl eu ca', WESTERN, 'áéíóúüñçàèòïªº'),
  latin('pt', WESTERN, 'ãõáâàçéêíóôúª'),
  latin('nl af id ms', WESTERN, 'éèëïöüáóê'),
  latin('sv da no nb nn fi', WESTERN, 'åäöæøéü'),
  latin('is fo ga', WESTERN, 'áéíóúýðþæöø'),
  latin('sq br', WESTERN, 'ëçâêéùñ'),
  latin('pl', CENTRAL, 'ąćęłńóśźż'),
  latin('cs sk', CENTRAL, 'áäčďéěíĺľňóôŕřšťúůýž'),
  latin('hu', CENTRAL, 'áéíóöőúüű'),
  latin('ro', CENTRAL, 'ăâîşţ'),
  latin('hr sl bs sr sh cnr', CENTRAL, 'čćđšž'),
  latin('tr az', 'windows-1254', 'âçğıîöşûüİ'),
  latin('lt lv et', 'windows-1257 iso-8859-13', 'āąčēęėģīįķļņōõöšūųüžä'),
  latin('vi', 'windows-1258', 'àáâãèéêìíòóôõùúýăđĩũơưạ\u0300\u0301\u0303\u0309\u0323'),
  other(
    'ru bg be',
    'windows-1251 koi8-r iso-8859-5 ibm866',
    within([0x410, 0x44f], [0x401, 0x401], [0x451, 0x451]),
    'оеаинтсрвл',
  ),
  other('uk sr mk be', 'windows-1251 koi8-u iso-8859-5 ibm866', within([0x400, 0x45f], [0x490, 0x491]), 'оаинтеісрв'),
  other('el', 'windows-1253 iso-8859-7', within([0x386, 0x3ce]), 'αοιετσνηυρ'),
  other('he yi', 'windows-1255 iso-8859-8', within([0x5b0, 0x5ea]), 'יוהלאתרמבש'),
  other('ar fa ur ku ps', 'windows-1256 iso-8859-6', within([0x60c, 0x6d3], [0x200c, 0x200f]), 'اليمنرتوبه'),
  other('th', 'windows-874', within([0xe01, 0xe5b]), 'านรอกเงมยล'),
  other(
    'ja',
    'shift_jis euc-jp',
    within([0x3040, 0x30ff], IDEOGRAPHS),
    'いうかがこさしすたってでとなにのはまもらりるれをんだーンスイル',
  ),
  other('ko', 'euc-kr', within([0xac00, 0xd7a3], [0x3131, 0x318e]), '이다는을가에지고하아의어나도리기한를사'),
  other(
    'zh yue',
    'gb18030 big5',
    within(IDEOGRAPHS, [0x3400, 0x4dbf]),
    '的一是不了我你在有他这個这個人们們大来來上到说說时時要就出会會可也对對生能那么麼没沒好她',
  ),
]
