import type { ContainerInfo } from '../../../lib/domain/container.ts'
import { detectContainer } from '../../../lib/stream/containers/detect.ts'

/** Little builders for MP4 boxes and EBML elements, and a driver for the detectors. */

export const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
export const zeros = (length: number): Uint8Array => new Uint8Array(length)

export function u32(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, i * 4)
  })
  return new Uint8Array(bytes)
}

export function u64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return new Uint8Array(bytes)
}

/** A box with a 32-bit size. */
export const box = (type: string, ...payload: readonly Uint8Array[]): Uint8Array => {
  const body = join(...payload)
  return join(u32(body.length + 8), Buffer.from(type, 'latin1'), body)
}

/** A box with a 64-bit size. */
export const longBox = (type: string, ...payload: readonly Uint8Array[]): Uint8Array => {
  const body = join(...payload)
  return join(u32(1), Buffer.from(type, 'latin1'), u64(body.length + 16), body)
}

export const mvhd = (seconds: number, timescale = 1000): Uint8Array =>
  box('mvhd', u32(0, 0, 0, timescale, seconds * timescale), zeros(80))

/** Version 1: 64-bit times. */
export const longMvhd = (seconds: number, timescale = 90_000): Uint8Array =>
  box('mvhd', u32(0x01000000), u64(0), u64(0), u32(timescale), u64(seconds * timescale), zeros(80))

export function mp4(options: {
  readonly moovAtEnd: boolean
  readonly mdatBytes: number
  readonly moovBytes: number
  readonly seconds: number
}): Uint8Array {
  const ftyp = box('ftyp', Buffer.from('isom'), u32(512))
  const head = mvhd(options.seconds)
  const moov = box('moov', head, box('trak', zeros(options.moovBytes - head.length - 16)))
  const mdat = box('mdat', zeros(options.mdatBytes - 8))
  return options.moovAtEnd ? join(ftyp, mdat, moov) : join(ftyp, moov, mdat)
}

export function u32le(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => {
    bytes.writeUInt32LE(value, i * 4)
  })
  return new Uint8Array(bytes)
}

/** A RIFF chunk, padded to an even length. */
export const riff = (type: string, ...payload: readonly Uint8Array[]): Uint8Array => {
  const body = join(...payload)
  return join(Buffer.from(type, 'latin1'), u32le(body.length), body, zeros(body.length & 1))
}

/** An EBML element: `id` with its marker, a size of `sizeLength` bytes. */
export function element(id: number, payload: Uint8Array, sizeLength = 8): Uint8Array {
  return join(idBytes(id), sizeBytes(payload.length, sizeLength), payload)
}

/** An element of unknown size. */
export const unsized = (id: number, payload: Uint8Array): Uint8Array =>
  join(idBytes(id), Uint8Array.of(0x01, 255, 255, 255, 255, 255, 255, 255), payload)

export function idBytes(id: number): Uint8Array {
  const bytes = u32(id)
  const first = bytes.findIndex((byte) => byte !== 0)
  return bytes.subarray(first)
}

function sizeBytes(size: number, length: number): Uint8Array {
  const bytes = Buffer.from(u64(size)).subarray(8 - length)
  bytes[0] = (bytes[0] as number) | (0x80 >> (length - 1))
  return new Uint8Array(bytes)
}

export interface Detected {
  readonly info: ContainerInfo
  readonly pulls: number
  readonly bytes: number
}

/** Runs a detector over a file that is all there. A file may be longer than its bytes: the rest is zeros. */
export function detect(bytes: Uint8Array, fileBytes = bytes.length): Detected {
  const detector = detectContainer(fileBytes)
  let pulls = 0
  let pulled = 0
  let step = detector.next(zeros(0))
  while (!step.done) {
    const { start, end } = step.value
    if (!(start >= 0 && start < end && end <= fileBytes)) throw new Error(`pull of ${start}-${end} of ${fileBytes}`)
    pulls++
    pulled += end - start
    if (pulls > 2000) throw new Error('no end')
    const given = zeros(end - start)
    given.set(bytes.subarray(start, end))
    step = detector.next(given)
  }
  return { info: step.value, pulls, bytes: pulled }
}
