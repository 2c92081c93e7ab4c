import { placesOf, withoutAccents } from './word-values.ts'

/** Words for season and episode in the languages that releases are named in, as parts of regular expressions. */
export const SEASON_WORD = String.raw`seasons?|saisons?|staffeln?|temporadas?|stagion[ei]|stag|seizoen(?:en)?|s(?:[eæ]|ae)son(?:er)?|s[äa]song(?:er)?|сезон[иы]?|sezon[ay]?|sezonul|sezóna|series|s[ée]rie|séries|serien|reeks(?:en)?|évad|kausi|kaudet|musim|temp|mùa|sesong(?:er)?|κύκλος|kolo|season\(s\)|シーズン|시즌|phần|ซีซั่น|ซีซัน|الموسم|الجزء|עונה`
export const EPISODE_WORD = String.raw`episodes?|episod(?:ul|ele)?(?!\p{L})|episoade(?:le)?|épisodes?|episodi(?:os?)?|episódios?|epis[oó]dio|puntat[ae]|folgen?|cap[ií]tulos?|cap|aflevering(?:en)?|afl|odcin(?:ek|ki)|odc|epi|avsnitt|afsnit|b[öo]l[üu]m|сер(?:ия|ии|ій|ія|ії|\.)|эпизоды?|выпуски?|jaks(?:o|ot)|epizód|epizod[ay]?|rész|tập|(?<=- )tap|eps?|díl|επεισόδιο|ตอนที่|ตอน|الحلقة|פרק`

/** Cheap, and true of whatever names a season by a word: most names need none of the patterns that look for one. */
const SEASON_HINT =
  /sea|sai|sta|tem|sei|sez|s[eé]ri|reek|s[aeæä][sez]|сез|évad|kau|mus|mùa|κύ|kol|ª|시즌|シー|phần|ซีซ|المو|الجز|עונ/iu
export const mayNameSeason = (text: string): boolean => SEASON_HINT.test(text)

/** Words that only count behind their number: `21.ser.iz.23`. */
export const EPISODE_AFTER = 'сер(?:ия|ія)?|эпизод|выпуск|bölüm|bolum|epizód|rész|díl|folge|seri[yj]?a|serya|ser'
/** Behind the first and last number; behind a single one they say how many there are: `22 серии`. */
export const EPISODES_AFTER =
  'сери[ий]|сері[ії]|эпизоды|выпуски|seri[yi]|serij|odcinki|folgen|puntate|episodi|episodes|épisodes|episodios|episódios|cap[ií]tulos|afsnit|avsnitt|afleveringen|jaksot|bölümler'

const ORDINALS: readonly string[] = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
]
/** First to tenth in Italian, Spanish, Portuguese, French, German, Dutch, Swedish, Danish, Russian, Polish, Turkish, Arabic and Hungarian. */
const FOREIGN_ORDINALS: readonly (readonly string[])[] = [
  'prima seconda terza quarta quinta sesta settima ottava nona decima',
  'primera segunda tercera cuarta quinta sexta séptima octava novena décima',
  'primeira segunda terceira quarta quinta sexta sétima oitava nona décima',
  'première deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième',
  'erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte',
  'erste zweite dritte vierte fuenfte sechste siebente achte neunte zehnte',
  'eerste tweede derde vierde vijfde zesde zevende achtste negende tiende',
  'första andra tredje fjärde femte sjätte sjunde åttonde nionde tionde',
  'første anden tredje fjerde femte sjette syvende ottende niende tiende',
  'первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый',
  'pierwszy drugi trzeci czwarty piąty szósty siódmy ósmy dziewiąty dziesiąty',
  'birinci ikinci üçüncü dördüncü beşinci altıncı yedinci sekizinci dokuzuncu onuncu',
  'الأول الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع العاشر',
  'első második harmadik negyedik ötödik hatodik hetedik nyolcadik kilencedik tizedik',
].map((words) => words.split(' '))
const CARDINALS: readonly string[] = [
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]
/** One to ten in French, Spanish, German, Italian and Portuguese, where they are no English words. */
const FOREIGN_CARDINALS: readonly (readonly string[])[] = [
  'un deux trois quatre cinq six sept huit neuf dix'.split(' '),
  'uno dos tres cuatro cinco seis siete ocho nueve diez'.split(' '),
  'eins zwei drei vier fünf sechs sieben acht neun zehn'.split(' '),
  'una due tre quattro cinque sei sette otto nove dieci'.split(' '),
  'uma dois três quatro cinco seis sete oito nove dez'.split(' '),
]
const ROMANS: readonly string[] = ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x', 'xi', 'xii']
const HAN = '零一二三四五六七八九十拾'

export const CARDINAL_WORD = [...new Set([...CARDINALS, ...FOREIGN_CARDINALS.flat()])].join('|')
export const ORDINAL_WORD = [
  ...new Set([...ORDINALS, ...FOREIGN_ORDINALS.flat()].flatMap((word) => [word, withoutAccents(word)])),
].join('|')
export const ROMAN_WORD = ROMANS.toReversed().join('|')
export const HAN_DIGITS = `[${HAN}]{1,3}`

const ORDINAL_VALUES = placesOf(...FOREIGN_ORDINALS, ORDINALS)
const VALUES = placesOf(...FOREIGN_ORDINALS, ...FOREIGN_CARDINALS, ROMANS, ORDINALS, CARDINALS)

/** `second`, `terza`, `первый`; undefined for anything else. */
export const ordinalWord = (word: string): number | undefined => ORDINAL_VALUES.get(word.toLowerCase())

/** `Two`, `second`, `IV`, `十二` or `07`; NaN for anything else. */
export function numberWord(word: string): number {
  const lower = word.toLowerCase()
  const value = VALUES.get(lower)
  if (value !== undefined) return value
  return /^\d{1,5}$/.test(lower) ? Number(lower) : hanNumber(lower)
}

/** Up to 99: `十二` is 12, `二十` 20. */
function hanNumber(given: string): number {
  const word = given.replaceAll('拾', '十')
  const [tens = '', units = ''] = word.includes('十') ? word.split('十') : ['零', word]
  const ten = tens === '' ? 1 : HAN.indexOf(tens)
  const unit = units === '' ? 0 : HAN.indexOf(units)
  return ten < 0 || unit < 0 ? Number.NaN : ten * 10 + unit
}
