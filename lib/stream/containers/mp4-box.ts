import { fourCc, type Puller, type Pulls, uint64 } from './container.ts'

/** A box of ISO/IEC 14496-12 (section 4.2). Bytes of the file. */
export interface Box {
  readonly type: string
  readonly start: number
  readonly payload: number
  readonly end: number
}

/**
 * The box at `offset`, cut at `end`; undefined where none can be. A size of 0 reaches to the end. Bytes up to `end` may be
 * pulled with it when `isWanted`.
 */
export function* boxAt(puller: Puller, offset: number, end: number, isWanted: boolean): Pulls<Box | undefined> {
  if (offset + 8 > end) return undefined
  const view = yield* puller.bytes(offset, 16, isWanted ? end : offset + 16)
  if (view.byteLength < 8) return undefined
  const size32 = view.getUint32(0)
  const type = fourCc(view, 4)
  if (!/^[\x20-\x7e\xa9]{4}$/.test(type)) return undefined
  if (size32 === 0) return { type, start: offset, payload: offset + 8, end }
  if (size32 !== 1)
    return size32 < 8 ? undefined : { type, start: offset, payload: offset + 8, end: Math.min(end, offset + size32) }
  if (view.byteLength < 16) return undefined
  const size = uint64(view, 8)
  if (size === undefined || size < 16) return undefined
  return { type, start: offset, payload: offset + 16, end: Math.min(end, offset + size) }
}

/** The first bytes of a box's payload. */
export const payloadOf = (puller: Puller, box: Box, length: number): Pulls<DataView> =>
  puller.bytes(box.payload, Math.min(length, box.end - box.payload), box.end)
