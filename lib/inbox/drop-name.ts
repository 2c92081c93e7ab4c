/** What a file may bring: `magnet` and `text` hold any text with links in it, `shortcut` a link in a system's own form. */
export type DropKind = 'torrent' | 'magnet' | 'shortcut' | 'text'

const KINDS: Readonly<Record<string, DropKind>> = {
  '.torrent': 'torrent',
  '.magnet': 'magnet',
  '.url': 'shortcut',
  '.webloc': 'shortcut',
  '.txt': 'text',
}
const NOTE = /\.(?:added|error)\.txt$/i
/** Room in a name of 255 bytes for a counter and `.webloc.failed`. */
const STEM_BYTES = 225
const REFUSED = /[\p{Cc}<>:"/\\|?*]/gu
/** Devices of Win32, with any extension too. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i

/** The stem and extension of a name; a name that only begins with a dot has no extension. */
function split(name: string): readonly [stem: string, extension: string] {
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)]
}

/** What a file is for the inbox, by its name. Undefined for what stays as it is: other kinds, notes, hidden files. */
export function dropKind(name: string): DropKind | undefined {
  if (name.startsWith('.') || NOTE.test(name)) return undefined
  return KINDS[split(name)[1].toLowerCase()]
}

/** Names to try for the note about a dropped file, without end: `x.added.txt`, `x (2).added.txt`, … */
export function noteNames(droppedName: string, outcome: 'added' | 'error'): Iterable<string> {
  return numbered(droppedName, `.${outcome}.txt`)
}

/** Names to try for a dropped file that was not added: `x.torrent.failed`, `x (2).torrent.failed`, … */
export function keptNames(droppedName: string): Iterable<string> {
  return numbered(droppedName, `${split(droppedName)[1]}.failed`)
}

function* numbered(droppedName: string, suffix: string): Iterable<string> {
  const stem = legalStem(split(droppedName)[0])
  yield stem + suffix
  for (let number = 2; ; number++) yield `${stem} (${number})${suffix}`
}

/** Such that every client can show it, and short enough for what is put behind it. */
function legalStem(text: string): string {
  let stem = ''
  let bytes = 0
  for (const char of text.replace(REFUSED, '-').normalize('NFC').replace(DEVICE, '$&_')) {
    bytes += Buffer.byteLength(char)
    if (bytes > STEM_BYTES) break
    stem += char
  }
  return stem.replace(/[. ]+$/, '') || '_'
}
