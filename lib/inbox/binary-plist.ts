import { AppError } from '../domain/errors.ts'

const MAGIC = 'bplist00'
const TRAILER_BYTES = 32
const MAX_OBJECTS = 1000
const ASCII = 0x5
const UTF16 = 0x6
/** A count of 15 in a marker: the true one follows as an integer object. */
const LONG_COUNT = 0xf

export const isBinaryPlist = (bytes: Buffer): boolean => bytes.toString('latin1', 0, MAGIC.length) === MAGIC

/**
 * Every string of a binary property list, keys included, in the order of its object table: all that a link file is read
 * for. Throws `invalid` for one that is broken. Source: CFBinaryPList.c of Apple's CoreFoundation.
 */
export function binaryPlistStrings(bytes: Buffer): string[] {
  try {
    return readStrings(bytes)
  } catch (error) {
    // Offsets and lengths are the file's own: what they lead out of it to, Buffer refuses.
    throw error instanceof RangeError ? new AppError('invalid', 'a broken binary property list', error) : error
  }
}

function readStrings(bytes: Buffer): string[] {
  const trailer = bytes.length - TRAILER_BYTES
  const offsetBytes = bytes.readUInt8(trailer + 6)
  const objects = Number(bytes.readBigUInt64BE(trailer + 8))
  const table = Number(bytes.readBigUInt64BE(trailer + 24))
  if (objects > MAX_OBJECTS) throw new AppError('invalid', `a property list of more than ${MAX_OBJECTS} objects`)
  const strings: string[] = []
  for (let index = 0; index < objects; index++) {
    const text = readString(bytes, bytes.readUIntBE(table + index * offsetBytes, offsetBytes))
    if (text !== undefined) strings.push(text)
  }
  return strings
}

/** Undefined for an object of another type. */
function readString(bytes: Buffer, offset: number): string | undefined {
  const marker = bytes.readUInt8(offset)
  const type = marker >> 4
  if (type !== ASCII && type !== UTF16) return undefined
  let start = offset + 1
  let count = marker & 0xf
  if (count === LONG_COUNT) {
    const intBytes = 1 << (bytes.readUInt8(start) & 0xf)
    count = bytes.readUIntBE(start + 1, intBytes)
    start += 1 + intBytes
  }
  const end = start + (type === ASCII ? count : count * 2)
  if (end > bytes.length) throw new RangeError('a string past the end')
  const content = bytes.subarray(start, end)
  return type === ASCII ? content.toString('latin1') : new TextDecoder('utf-16be').decode(content)
}
