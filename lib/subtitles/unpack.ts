import { promisify } from 'node:util'
import { gunzip, type InputType, inflateRaw, type ZlibOptions } from 'node:zlib'
import { AppError } from '../domain/errors.ts'

type Inflate = (bytes: InputType, options: ZlibOptions) => Promise<Buffer>

const inflateGzip: Inflate = promisify(gunzip)
const inflateZip: Inflate = promisify(inflateRaw)

/** ZIP (APPNOTE.TXT): signatures of sections 4.3.7, 4.3.12 and 4.3.16, and how long what follows them is. */
const LOCAL = 0x04034b50
const LOCAL_BYTES = 30
const CENTRAL = 0x02014b50
const CENTRAL_BYTES = 46
const END = 0x06054b50
const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff
const MAX_ENTRIES = 200
const ENCRYPTED = 1
const STORED = 0
const DEFLATED = 8

const SUBTITLE_NAME = /\.(?:srt|vtt|ass|ssa|sub)$/i

/**
 * The bytes of a subtitle that came as they are, compressed by gzip, or in a ZIP archive, of which the largest subtitle is
 * taken; names in archives are never paths. Fails with `invalid` for a damaged archive, one without a subtitle, and more
 * than `maxBytes`.
 */
export async function unpackSubtitle(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  if (bytes.length > maxBytes) throw tooLarge()
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return await inflated(inflateGzip, bytes, maxBytes)
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isArchive = archive.length > END_BYTES && archive.readUInt32LE(0) === LOCAL
  return isArchive ? await fromZip(archive, maxBytes) : bytes
}

interface Entry {
  readonly method: number
  readonly packedBytes: number
  readonly sizeBytes: number
  readonly offsetBytes: number
}

async function fromZip(archive: Buffer, maxBytes: number): Promise<Uint8Array> {
  const [entry] = entriesOf(archive).sort((a, b) => b.sizeBytes - a.sizeBytes)
  if (!entry) throw new AppError('invalid', 'the archive holds no subtitle')
  if (entry.sizeBytes > maxBytes) throw tooLarge()
  const { offsetBytes, packedBytes, method } = entry
  if (offsetBytes + LOCAL_BYTES > archive.length || archive.readUInt32LE(offsetBytes) !== LOCAL) throw damaged()
  const start =
    offsetBytes + LOCAL_BYTES + archive.readUInt16LE(offsetBytes + 26) + archive.readUInt16LE(offsetBytes + 28)
  if (start + packedBytes > archive.length) throw damaged()
  const packed = archive.subarray(start, start + packedBytes)
  return method === STORED ? packed : await inflated(inflateZip, packed, maxBytes)
}

/** Those of the central directory that may be subtitles. */
function entriesOf(archive: Buffer): Entry[] {
  const endOffset = findEnd(archive)
  const count = Math.min(archive.readUInt16LE(endOffset + 10), MAX_ENTRIES)
  const entries: Entry[] = []
  let at = archive.readUInt32LE(endOffset + 16)
  for (let index = 0; index < count; index++) {
    if (at + CENTRAL_BYTES > archive.length || archive.readUInt32LE(at) !== CENTRAL) throw damaged()
    const nameBytes = archive.readUInt16LE(at + 28)
    const name = archive.toString('latin1', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)
    const method = archive.readUInt16LE(at + 10)
    const isReadable = (archive.readUInt16LE(at + 8) & ENCRYPTED) === 0 && (method === STORED || method === DEFLATED)
    if (isReadable && SUBTITLE_NAME.test(name)) {
      entries.push({
        method,
        packedBytes: archive.readUInt32LE(at + 20),
        sizeBytes: archive.readUInt32LE(at + 24),
        offsetBytes: archive.readUInt32LE(at + 42),
      })
    }
    at += CENTRAL_BYTES + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return entries
}

/** From behind: a comment of any length may follow it. */
function findEnd(archive: Buffer): number {
  const last = archive.length - END_BYTES
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT_BYTES); at--) {
    if (archive.readUInt32LE(at) === END) return at
  }
  throw damaged()
}

async function inflated(inflate: Inflate, bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    return await inflate(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : damaged(error)
  }
}

const tooLarge = (): AppError => new AppError('invalid', 'the subtitle is too large')
const damaged = (cause?: unknown): AppError => new AppError('invalid', 'the archive is damaged', cause)
