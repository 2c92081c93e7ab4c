const UUID = /^[\dA-Fa-f]{8}-(?:[\dA-Fa-f]{4}-){3}[\dA-Fa-f]{12}$/
const HEX = /^[\dA-Fa-f]{16,}$/
/** Names that uploading tools make up. */
const POSTER = /^backup_\d{4,}s\d\d-\d\d$/i
/** What cameras, telephones, disc rippers and recorders call their files. */
const DEVICE =
  /^(?:(?:img|dsc[fn]?|mvi|mov|vid|pxl|cimg|dji|sam|wp)[ _-]?\d{3,}.*|g(?:opr|[hx]\d\d)\d{4}|20\d{6}_\d{6}|(?:whatsapp video|screen ?(?:recording|cast)|bandicam|obs) .*\d|title[ _]?t\d{1,3}|rpreplay_final\d+|received_\d{6,}|videoplayback|zoom_\d+|trim\.[\da-f]{8}.*|fullsizerender.*|dis[ck]\d[ _-]t\d\d|vts[ _]\d\d[ _]\d|video[ _]ts|\d{5}|tmp[\da-z]{4,})$/i
/** `video_2021-03-04_18-22-10`, `2021-03-04 18.22.10`, `Signal-2021-03-04-182210`: the moment it was taken. */
const MOMENT =
  /^(?:(?:video|vid|img|mov|movie|pxl|mvimg|photo|rec(?:ord(?:ing)?)?|screen[ _-]?(?:rec(?:ord(?:er|ing))?|cast)?|xrecorder|clip|capture|trim|inshot|signal|telegram|whatsapp|viber|snapchat|instagram|zoom|gmt|(?:dash)?cam\d{0,2}|ch\d{0,2}|obs|gopro|dji)[ ._-]{0,3}){0,3}20\d\d[ ._-]?(?:0\d|1[012])[ ._-]?[0-3]\d[ ._T-]{1,4}(?:at )?[012]\d[ ._h-]?[0-5]\d(?:[ ._m-]?\d\d)?(?:[ ._-]?(?:recording|edited|copy))?[\d ._()x~-]{0,24}$/i
const PLACEHOLDER =
  /^(?:untitled|output|video|movie|sample|unknown|recording|default|temp|test|file|index|new|clip)\d{0,3}$/i
/** A catalogue's number, and no word beside it. */
const CATALOGUE = /^(?:\d{0,4}[A-Z]{2,6}-\d{3,5}[A-Z]?|FC2-?PPV-\d{5,8})$/i
const RANDOM_LENGTH = 12
/** Letters as no language has them: one thrice, or too many of a kind in a row. */
const UNSPEAKABLE = /([a-z])\1\1|[aeiou]{5}|[bcdfghjklmnpqrstvwxz]{7}/i

/** Whether a name was made up by a machine: a hash, a UUID, random letters and digits. Such names say nothing. */
export function isObfuscated(text: string): boolean {
  const core = text
    .replace(/^\[[^\]]{1,40}\](?=.)/, '')
    .replace(/^\{(.*)\}$/, '$1')
    .trim()
  if (/password.{0,6}[\dA-Fa-f]{8}-/i.test(core)) return true
  const words = core.split(/[\s._()[\]{}-]+/).filter((word) => word !== '')
  if ([UUID, POSTER, DEVICE, MOMENT, PLACEHOLDER, CATALOGUE].some((made) => made.test(core))) return true
  if (words.length === 0) return true
  if (words.length > 3) return false
  return (
    words.every((word) => looksRandom(word) || /^(?:part|vol)?\d+$/i.test(word) || word.length < 5) &&
    words.some(looksRandom)
  )
}

/** Digits inside letters several times over, letters of changing case, or no vowel in a long run of letters. */
function looksRandom(word: string): boolean {
  if (HEX.test(word) && /\d/.test(word)) return true
  if (!/^[A-Za-z\d]+$/.test(word)) return false
  const changes = count(word, /[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)
  const humps = count(word, /[a-z](?=[A-Z])/g)
  if (word.length >= RANDOM_LENGTH - 2 && changes >= 3) return true
  if (word.length >= 16 && humps + changes >= word.length / 5) return true
  if (word.length >= RANDOM_LENGTH && UNSPEAKABLE.test(word)) return true
  const letters = word.replace(/\d/g, '')
  const vowels = count(letters, /[aeiouyAEIOUY]/g)
  if (/^[A-Z]{5,}\d{3,}$/.test(word) && vowels < letters.length / 4) return true
  return word.length >= RANDOM_LENGTH && changes > 0 && vowels < letters.length / 5
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0
