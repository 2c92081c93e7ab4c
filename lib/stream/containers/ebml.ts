import { EMPTY, type Puller, type Pulls } from './container.ts'

/** An EBML element's header (RFC 8794). Bytes of the file. */
export interface Element {
  readonly id: number
  readonly start: number
  readonly payload: number
  /** Undefined: unknown size (section 6.2). */
  readonly end: number | undefined
}

/** Id of up to 4 bytes and size of up to 8 (sections 5 and 6). */
const MAX_HEADER_BYTES = 12
/** Of a value that is handed over. */
const MAX_VALUE_BYTES = 256
const MAX_ELEMENTS = 500_000

/** The element whose header stands at `offset`. Bytes up to `limit` may be pulled with it. */
export function* elementAt(puller: Puller, offset: number, limit?: number): Pulls<Element | undefined> {
  return parseElement(yield* puller.bytes(offset, MAX_HEADER_BYTES, limit), offset)
}

/**
 * Walks all elements of [start, end), into those of `masters`, which are told of with no value; of each other one the first
 * bytes of its value are told.
 */
export function* walkElements(
  puller: Puller,
  start: number,
  end: number,
  masters: ReadonlySet<number>,
  onElement: (id: number, value: DataView, payload: number) => void,
): Pulls<void> {
  let offset = start
  for (let count = 0; count < MAX_ELEMENTS && offset < end; count++) {
    const element = yield* elementAt(puller, offset, end)
    if (element?.end === undefined) return
    if (masters.has(element.id)) {
      onElement(element.id, EMPTY, element.payload)
      offset = element.payload
      continue
    }
    const length = Math.min(element.end, end) - element.payload
    onElement(element.id, yield* puller.bytes(element.payload, Math.min(length, MAX_VALUE_BYTES), end), element.payload)
    offset = element.end
  }
}

function parseElement(view: DataView, offset: number): Element | undefined {
  if (view.byteLength === 0) return undefined
  const idLength = Math.clz32(view.getUint8(0)) - 23
  if (idLength > 4 || idLength >= view.byteLength) return undefined
  const sizeLength = Math.clz32(view.getUint8(idLength)) - 23
  if (sizeLength > 8 || idLength + sizeLength > view.byteLength) return undefined
  const payload = offset + idLength + sizeLength
  const size = dataSize(view, idLength, sizeLength)
  const id = uint(view, idLength)
  return { id, start: offset, payload, end: size === undefined ? undefined : payload + size }
}

/** A size without its length marker; undefined for all bits set, or beyond any file. */
function dataSize(view: DataView, at: number, length: number): number | undefined {
  let value = view.getUint8(at) & (0xff >> length)
  let isUnknown = value === 0xff >> length
  for (let i = 1; i < length; i++) {
    const byte = view.getUint8(at + i)
    isUnknown &&= byte === 0xff
    value = value * 256 + byte
  }
  return isUnknown || !Number.isSafeInteger(value) ? undefined : value
}

/** An unsigned number of at most 8 bytes; beyond any file it is not exact. */
export function uint(view: DataView, length = Math.min(view.byteLength, 8)): number {
  let value = 0
  for (let i = 0; i < length; i++) value = value * 256 + view.getUint8(i)
  return value
}

/** A float of 4 or 8 bytes, else not a number. */
export const float = (view: DataView): number =>
  view.byteLength === 8 ? view.getFloat64(0) : view.byteLength === 4 ? view.getFloat32(0) : Number.NaN

/** ASCII up to the first zero. */
export function text(view: DataView): string {
  let value = ''
  for (let i = 0; i < view.byteLength; i++) {
    const byte = view.getUint8(i)
    if (byte === 0) break
    value += String.fromCharCode(byte)
  }
  return value
}
