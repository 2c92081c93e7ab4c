/** What the hash reads at each end of a file. */
export const HASH_CHUNK_BYTES = 64 * 1024

/**
 * The hash that OpenSubtitles knows a film's file by (OSDb): the size and the 64-bit little-endian words of the first and
 * last 64 KiB, added modulo 2^64, as 16 hexadecimal digits. Undefined for a file shorter than both together, which has none.
 */
export function osdbHash(sizeBytes: number, head: Uint8Array, tail: Uint8Array): string | undefined {
  if (sizeBytes < 2 * HASH_CHUNK_BYTES) return undefined
  if (head.length !== HASH_CHUNK_BYTES || tail.length !== HASH_CHUNK_BYTES) return undefined
  const sum = BigInt(sizeBytes) + wordSum(head) + wordSum(tail)
  return BigInt.asUintN(64, sum).toString(16).padStart(16, '0')
}

function wordSum(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // The halves are added as numbers, which hold 8,192 of them exactly; one of 64 bits costs an allocation each.
  let low = 0
  let high = 0
  for (let at = 0; at < bytes.length; at += 8) {
    low += view.getUint32(at, true)
    high += view.getUint32(at + 4, true)
  }
  return BigInt(low) + (BigInt(high) << 32n)
}
