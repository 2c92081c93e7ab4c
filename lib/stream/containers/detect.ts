import { detectAvi } from './avi.ts'
import { type Detector, fourCc, OTHER_CONTAINER, Puller } from './container.ts'
import { detectMatroska } from './matroska.ts'
import { detectMp4 } from './mp4.ts'
import { detectMpegTs, packetShape } from './mpegts.ts'

const EBML_MAGIC = 0x1a45dfa3
/** What a file of the MP4 family begins with; old QuickTime files have no `ftyp`. */
const MP4_FIRST_BOXES: ReadonlySet<string> = new Set(['ftyp', 'styp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot'])
/** Enough for three packets of a transport stream. */
const LOOK_BYTES = 1024

/** Tells the container by the file's first bytes, never by its name. */
export function* detectContainer(sizeBytes: number): Detector {
  const puller = new Puller(sizeBytes)
  const view = yield* puller.bytes(0, LOOK_BYTES)
  if (view.byteLength < 12) return OTHER_CONTAINER
  if (view.getUint32(0) === EBML_MAGIC) return yield* detectMatroska(puller)
  if (MP4_FIRST_BOXES.has(fourCc(view, 4))) return yield* detectMp4(puller)
  if (fourCc(view, 0) === 'RIFF' && fourCc(view, 8) === 'AVI ') return yield* detectAvi(puller)
  const packets = packetShape(view)
  return packets ? yield* detectMpegTs(puller, packets) : OTHER_CONTAINER
}
