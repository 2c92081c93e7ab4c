import { expect } from 'chai'
import { HASH_CHUNK_BYTES, osdbHash } from '../../lib/subtitles/osdb-hash.ts'

const chunk = (fill: (view: DataView) => void = () => {}): Uint8Array => {
  const bytes = new Uint8Array(HASH_CHUNK_BYTES)
  fill(new DataView(bytes.buffer))
  return bytes
}

describe('osdbHash', () => {
  it('is the size where all else is zero', () => {
    expect(osdbHash(131_072, chunk(), chunk())).to.equal('0000000000020000')
    expect(osdbHash(12_909_756, chunk(), chunk())).to.equal('0000000000c4fcbc')
  })

  it('adds words of 64 bits, little endian, modulo 2^64', () => {
    const last = (view: DataView) => view.setBigUint64(HASH_CHUNK_BYTES - 8, 0x0102030405060708n, true)
    expect(osdbHash(131_072, chunk(), chunk(last))).to.equal('0102030405080708')
    const full = new Uint8Array(HASH_CHUNK_BYTES).fill(0xff)
    // 16,384 times -1, and the size.
    expect(osdbHash(131_072, full, full)).to.equal((131_072n - 16_384n).toString(16).padStart(16, '0'))
    expect(osdbHash(131_072, full, chunk())).to.equal((131_072n - 8192n).toString(16).padStart(16, '0'))
  })

  it('reads from the middle of a buffer', () => {
    const buffer = new Uint8Array(HASH_CHUNK_BYTES + 100).fill(1)
    const expected = (131_072n + 8192n * 0x0101010101010101n) & 0xffff_ffff_ffff_ffffn
    expect(osdbHash(131_072, buffer.subarray(3, HASH_CHUNK_BYTES + 3), chunk())).to.equal(
      expected.toString(16).padStart(16, '0'),
    )
  })

  it('is none for a file shorter than both its ends, or without them', () => {
    expect(osdbHash(131_071, chunk(), chunk())).to.equal(undefined)
    expect(osdbHash(131_072, chunk().subarray(1), chunk())).to.equal(undefined)
  })
})
