import { type Detector, OTHER_CONTAINER, pull } from './container.ts'
import { detectMatroska } from './matroska.ts'
import { detectMp4 } from './mp4.ts'

const EBML_MAGIC = 0x1a45dfa3
/** What a file of the MP4 family begins with; old QuickTime files have no `ftyp`. */
const MP4_FIRST_BOXES: ReadonlySet<string> = new Set(['ftyp', 'styp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot'])

/** Tells the container by the file's first bytes, never by its name. AVI, TS and all others are `other`. */
export function* detectContainer(sizeBytes: number): Detector {
  const view = yield* pull(0, 8, sizeBytes)
  if (view.byteLength < 8) return OTHER_CONTAINER
  if (view.getUint32(0) === EBML_MAGIC) return yield* detectMatroska(sizeBytes)
  const type = String.fromCharCode(view.getUint8(4), view.getUint8(5), view.getUint8(6), view.getUint8(7))
  return MP4_FIRST_BOXES.has(type) ? yield* detectMp4(sizeBytes) : OTHER_CONTAINER
}
