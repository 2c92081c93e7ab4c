import { displayTitle } from './title.ts'

const CUT = `version[ ._](?:longue|int[ée]grale|extendida|lunga)|versione[ ._](?:estesa|integrale|lunga)|montaje[ ._]del[ ._]director|edici[óo]n[ ._]especial|edizione[ ._]speciale|langfassung|kinofassung|режисс[её]рская[ ._]версия|расширенная[ ._]версия`
/** Words of description that stand before the year: `World.War.Z.EXTENDED.2013`. */
export const EDITION = String.raw`(?:extended|director['´’]?s|theatrical|special|ultimate|final|fan|collector['´’]?s|criterion|deluxe|imax|unrated|international)(?:[ ._](?:director['´’]?s|theatrical))?[ ._]?(?:cut|edition|edit|version)|\d{1,3}(?:st|nd|rd|th)[ ._]anniversary(?:[ ._]edition)?|extended|uncut|unrated|imax|remastered|restored|3d|limited|theatrical|recut|criterion|despecialized|2in1|proper|internal|repack|dc|custom|ext(?=\))|${CUT}`
const EDITION_AT_END = new RegExp(
  String.raw`(?<=[\p{L}\p{N})\]!?.][ ._]?)[ ._([{-]{1,3}(?:${EDITION})[)\]}]?[ ._)-]{0,4}$`,
  'iu',
)
/** Editions that no title ends in by itself: without a year they end one too. */
const NAMED_EDITION_AT_END = new RegExp(
  String.raw`(?<=[\p{L}\p{N})\]!?.])[ ._([-]{1,3}(?:(?:extended|director['´’]?s|theatrical|special|unrated)[ ._](?:cut|edition)|${CUT})[ ._)\]]{0,3}$`,
  'iu',
)
const LONE_ARTICLE = /^(?:the|a|an|my|his|her|our)$/i
/** `Bigger Longer and Uncut`: what would be left dangles. */
const DANGLING = /(?:^|[ ._])(?:and|the|of|or|to|&|und|et)[ ._]*$/i
/** `My Movie GERMAN`, `My Movie TS`: shouted in a name that otherwise is not. */
const SHOUTED_AT_END =
  /(?<=[\p{L}\p{N}])[ ._-]{1,3}(?:GERMAN|FRENCH|ITALIAN|SPANISH|SWEDISH|DANISH|NORWEGIAN|RUSSIAN|POLISH|DUTCH|SE|OM|TS|TC|CAM|SCR|R5)[ ._-]{0,3}$/u
/** Only behind titles that are in another language themselves: `The.Good.German.2006` keeps its word. */
const LANGUAGE_AT_END =
  /(?<=[\p{L}\p{N}])[ ._-]{1,3}(?:german|french|truefrench|italian|spanish|swedish|danish|norwegian|multi|dubbed)[ ._-]{0,3}$/iu
const ENGLISH_START = /^\W*(?:the|a|an|my|good|our|his|her|i|we|how|one)[ ._]/i

/** A film's title without the words of edition and language at its end. `rest` is what stands behind the year, if one does. */
export function withoutEditions(region: string, rest: string | undefined): string {
  const cut = withoutCuts(region, rest)
  const bare = rest === undefined ? cut.replace(NAMED_EDITION_AT_END, '') : cut
  let left = /\p{Ll}/u.test(bare) ? bare.replace(SHOUTED_AT_END, '') : bare
  if (rest !== undefined && !ENGLISH_START.test(left)) left = withoutUntold(left, LANGUAGE_AT_END, rest)
  return left === bare ? left : withoutCuts(left, rest)
}

function withoutCuts(region: string, rest = ''): string {
  let left = region
  for (let round = 0; round < 5; round++) {
    const without = withoutUntold(left, EDITION_AT_END, rest)
    if (without === left || DANGLING.test(without) || LONE_ARTICLE.test(displayTitle(without) ?? 'the')) break
    left = without
  }
  return left
}

/** `Topical.Spanish.1970.SPANiSH`, `Step.In.3D.2010.3D`: told behind the year, and the word before it is the title's. */
function withoutUntold(region: string, atEnd: RegExp, rest: string): string {
  const match = atEnd.exec(region)
  if (!match) return region
  return spaced(rest).includes(spaced(match[0])) ? region : region.slice(0, match.index)
}

const spaced = (text: string): string =>
  ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `
