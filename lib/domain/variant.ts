const PART = /(?<![a-z\d])(cd|dis[ck]|dvd|part|pt)[ ._-]?(\d)(?!\d)/i
/** `S01E02a`, `1x02b`, `Show - 102a - Name`: two stories in one episode. */
const SEGMENT = /(?<![a-z\d])(?:s\d{1,4}[ ._-]?e\d{1,4}|\d{1,2}x\d{2,3}|(?<=- )\d{3})([a-d])(?![\p{L}\d])/iu
const CUT =
  /(?<![\p{L}\d])(?:(?:us|uk|international|european|japanese)[ ._])?(?:final|director['´’]?s|theatrical|extended|ultimate|special|collector['´’]?s|assembly|rogue|alternate|original|producer['´’]?s|tv|fan|unrated|uncut|redux|anniversary)[ ._](?:cut|edition|version|edit)(?!\p{L})|(?<![\p{L}\d])(?:theatrical|extended|unrated|uncut|workprint|redux|despecialized|imax|open[ ._]matte|remastered|colou?ri[sz]ed|(?:black[ ._](?:and|&)[ ._]white|b&w))(?![\p{L}\d])/iu
const SEGMENTS = 'abcd'

/**
 * Which part or cut of its item a file says it is: `cd1`, `part2` (as Kodi stacks them), `Final Cut`; null when it says
 * neither. Two files of one item that differ in it are not the same twice.
 * @param path `/`-separated
 */
export function variantOf(path: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]{1,5}$/, '')
  const segment = SEGMENT.exec(name)?.[1]
  if (segment !== undefined) return `part${SEGMENTS.indexOf(segment.toLowerCase()) + 1}`
  const [part, word = '', number = ''] = PART.exec(name) ?? []
  if (part !== undefined) return `${/^p/i.test(word) ? 'part' : 'cd'}${number}`
  const cut = CUT.exec(name)?.[0]
  return cut === undefined ? null : titleCase(cut.replace(/[ ._]+/g, ' '))
}

const DISC = /(?<![a-z])(?:cd|dis[ck]|dvd|part|pt)[ ._-]?\d(?!\d)/gi

/** What the parts of one item have in common: their path in lower case without the part, up to the episode's two stories. */
export function pathOfParts(path: string): string {
  const segment = SEGMENT.exec(path)
  const common = segment ? path.slice(0, segment.index + segment[0].length - 1) : path
  return common.toLowerCase().replace(DISC, '')
}

const titleCase = (text: string): string =>
  text === text.toUpperCase() || text === text.toLowerCase()
    ? text.toLowerCase().replace(/(?<![\p{L}'´’])\p{L}/gu, (letter) => letter.toUpperCase())
    : text
