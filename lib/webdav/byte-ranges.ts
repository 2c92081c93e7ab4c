import type { ByteRange } from '../domain/ranges.ts'

/** More parts than any player asks for; beyond it the request is an attack or a mistake. */
export const MAX_RANGES = 8

export type RangeOutcome =
  /** No range, an unknown unit or a malformed one: the whole is sent (RFC 9110 section 14.2). */
  | { readonly kind: 'whole' }
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] }
  | { readonly kind: 'unsatisfiable' }

const WHOLE: RangeOutcome = { kind: 'whole' }
const UNSATISFIABLE: RangeOutcome = { kind: 'unsatisfiable' }

/** Digits beyond what a double counts exactly are past the end of every file. */
function position(digits: string): number {
  const value = Number(digits)
  return Number.isSafeInteger(value) ? value : Number.MAX_SAFE_INTEGER
}

/**
 * The parts of a Range field (RFC 9110 section 14.1.2) that lie within `sizeBytes`, in the order asked for. Parts that
 * overlap, and more than `MAX_RANGES` of them, are refused as unsatisfiable (section 15.5.17). An empty file has
 * nothing to cut, so that the field is ignored: a client that adds it to every request gets its 200.
 */
export function parseRange(field: string | undefined, sizeBytes: number): RangeOutcome {
  if (field === undefined || sizeBytes === 0) return WHOLE
  const set = /^bytes[ \t]*=(.*)$/i.exec(field)?.[1]
  if (set === undefined) return WHOLE
  const ranges: ByteRange[] = []
  let specs = 0
  for (const spec of set.split(',')) {
    const text = spec.trim()
    if (text === '') continue
    specs += 1
    const match = /^(\d*)-(\d*)$/.exec(text)
    const [, first = '', last = ''] = match ?? []
    if (first === '' && last === '') return WHOLE
    if (first === '') {
      const suffix = Math.min(position(last), sizeBytes)
      if (suffix > 0) ranges.push({ start: sizeBytes - suffix, end: sizeBytes })
      continue
    }
    const start = position(first)
    const end = last === '' ? sizeBytes : Math.min(position(last) + 1, sizeBytes)
    if (last !== '' && position(last) < start) return WHOLE
    if (start < sizeBytes) ranges.push({ start, end })
  }
  if (specs === 0) return WHOLE
  if (ranges.length === 0 || specs > MAX_RANGES || overlap(ranges)) return UNSATISFIABLE
  return { kind: 'ranges', ranges }
}

function overlap(ranges: readonly ByteRange[]): boolean {
  if (ranges.length < 2) return false
  const ascending = [...ranges].sort((a, b) => a.start - b.start)
  return ascending.some((range, index) => range.start < (ascending[index - 1]?.end ?? 0))
}
