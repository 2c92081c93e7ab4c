/** Words for season and episode in the languages that releases are named in, as parts of regular expressions. */
export const SEASON_WORD = String.raw`seasons?|saisons?|staffeln?|temporadas?|stagion[ei]|stag|seizoen|s[eæ]son|säsong|сезон[иы]?|sezona?|series|serie|serien|évad|kausi|musim|temp|mùa|sæson|sesong|κύκλος|kolo|season\(s\)|시즌|phần|ซีซั่น|ซีซัน|الموسم|עונה`
export const EPISODE_WORD = String.raw`episodes?|episod(?!\p{L})|épisodes?|episodios?|episódios?|epis[oó]dio|puntata|folgen?|cap[ií]tulos?|cap|aflevering|afl|odcinek|odc|epi|avsnitt|afsnit|b[öo]l[üu]m|сер(?:ия|ии|ій|ія|\.)|эпизод|jakso|epizód|epizod|epizoda|rész|tập|eps?|díl|επεισόδιο|ตอนที่|ตอน|الحلقة|פרק`

/** Cheap, and true of whatever names a season by a word: most names need none of the patterns that look for one. */
const SEASON_HINT = /sea|sai|sta|tem|sei|sez|seri|s[eæä][sz]|сез|évad|kau|mus|mùa|κύ|kol|ª|시즌|phần|ซีซ|المو|עונ/iu
export const mayNameSeason = (text: string): boolean => SEASON_HINT.test(text)

/** Words that only count behind their number: `21.ser.iz.23`. */
export const EPISODE_AFTER = 'сер(?:ия|ии|ий|ія)?|эпизод|bölüm|bolum|epizód|rész|díl|folge|seri[yj]?a|serya|ser'

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
const HAN = '零一二三四五六七八九十'

export const CARDINAL_WORD = [...new Set([...CARDINALS, ...FOREIGN_CARDINALS.flat()])].join('|')
export const ORDINAL_WORD = ORDINALS.join('|')
export const ROMAN_WORD = ROMANS.toReversed().join('|')
export const HAN_DIGITS = `[${HAN}]{1,3}`

/** `Two`, `second`, `IV`, `十二` or `07`; NaN for anything else. */
export function numberWord(word: string): number {
  const lower = word.toLowerCase()
  for (const list of [CARDINALS, ORDINALS, ROMANS, ...FOREIGN_CARDINALS]) {
    const index = list.indexOf(lower)
    if (index >= 0) return index + 1
  }
  return /^\d{1,5}$/.test(lower) ? Number(lower) : hanNumber(lower)
}

/** Up to 99: `十二` is 12, `二十` 20. */
function hanNumber(word: string): number {
  const [tens = '', units = ''] = word.includes('十') ? word.split('十') : ['零', word]
  const ten = tens === '' ? 1 : HAN.indexOf(tens)
  const unit = units === '' ? 0 : HAN.indexOf(units)
  return ten < 0 || unit < 0 ? Number.NaN : ten * 10 + unit
}
