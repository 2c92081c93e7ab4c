import { codecOfFourCc, codecOfMatroska, codecOfWaveFormat, hdrOfTransfer } from './codec-names.ts'
import { fourCc, type Puller, type Pulls } from './container.ts'
import { type Element, text, uint, walkElements } from './ebml.ts'
import { type FoundStream, language639, MAX_STREAMS } from './stream-list.ts'

/** Element ids of RFC 9559 sections 5.1.4.1 and following. */
const TRACK_ENTRY = 0xae
const TRACK_NUMBER = 0xd7
const TRACK_TYPE = 0x83
const CODEC_ID = 0x86
const CODEC_PRIVATE = 0x63a2
const LANGUAGE = 0x22b59c
const LANGUAGE_BCP47 = 0x22b59d
const VIDEO = 0xe0
const PIXEL_WIDTH = 0xb0
const PIXEL_HEIGHT = 0xba
const COLOUR = 0x55b0
const TRANSFER_CHARACTERISTICS = 0x55ba
const AUDIO = 0xe1
const CHANNELS = 0x9f
const BLOCK_ADDITION_MAPPING = 0x41e4
const BLOCK_ADD_ID_TYPE = 0x41e7
const MASTERS: ReadonlySet<number> = new Set([TRACK_ENTRY, VIDEO, COLOUR, AUDIO, BLOCK_ADDITION_MAPPING])

/** `dvcC`, `dvvC` and `dvwC`: the Dolby Vision configuration. */
const DOLBY_VISION: ReadonlySet<number> = new Set([0x64766343, 0x64767643, 0x64767743])
const KINDS = new Map<number, FoundStream['kind']>([
  [1, 'video'],
  [2, 'audio'],
  [17, 'subtitle'],
])

export interface MatroskaTrack extends FoundStream {
  number?: number
}

/** What Tracks says, a track at a time. What its spec gives as default is filled in. */
export function* readTracks(puller: Puller, tracks: Element): Pulls<readonly MatroskaTrack[]> {
  const found: MatroskaTrack[] = []
  let track: MatroskaTrack = {}
  const end = Math.min(tracks.end ?? tracks.payload, puller.sizeBytes)
  yield* walkElements(puller, tracks.payload, end, MASTERS, (id, value) => {
    if (id === TRACK_ENTRY) {
      // The default of Language is English, of Channels one (sections 5.1.4.1.19 and 5.1.4.1.29.3).
      track = { language: 'eng', hdr: null }
      if (found.length < MAX_STREAMS) found.push(track)
    } else readTrackValue(track, id, value)
  })
  for (const one of found) if (one.kind === 'audio') one.channels ??= 1
  return found
}

function readTrackValue(track: MatroskaTrack, id: number, value: DataView): void {
  if (id === TRACK_NUMBER) track.number = uint(value)
  else if (id === TRACK_TYPE) {
    const kind = KINDS.get(uint(value))
    if (kind) track.kind = kind
  } else if (id === CODEC_ID) track.codec = codecOfMatroska(text(value))
  else if (id === CODEC_PRIVATE) readPrivate(track, value)
  else if (id === LANGUAGE) track.language = language639(text(value))
  else if (id === LANGUAGE_BCP47) track.language = language639(text(value)) ?? track.language ?? null
  else if (id === PIXEL_WIDTH) track.width = uint(value)
  else if (id === PIXEL_HEIGHT) track.height = uint(value)
  else if (id === CHANNELS) track.channels = uint(value)
  else if (id === TRANSFER_CHARACTERISTICS) track.hdr ??= hdrOfTransfer(uint(value))
  else if (id === BLOCK_ADD_ID_TYPE && DOLBY_VISION.has(uint(value))) track.hdr = 'dolbyvision'
}

/** The codecs of Windows hide theirs in a BITMAPINFOHEADER or a WAVEFORMATEX; CodecID stands before it. */
function readPrivate(track: MatroskaTrack, value: DataView): void {
  if (track.codec === 'ms' && track.kind === 'video' && value.byteLength >= 20)
    track.codec = codecOfFourCc(fourCc(value, 16))
  else if (track.codec === 'ms' && track.kind === 'audio' && value.byteLength >= 2)
    track.codec = codecOfWaveFormat(value.getUint16(0, true))
}
