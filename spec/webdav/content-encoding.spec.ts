import { expect } from 'chai'
import { acceptedEncoding } from '../../lib/webdav/content-encoding.ts'

describe('acceptedEncoding', () => {
  it('takes the coding of the highest weight, ours before the plain bytes and brotli before gzip (RFC 9110 section 12.5.3)', () => {
    const rows = [
      [undefined, undefined],
      ['', undefined],
      ['gzip', 'gzip'],
      ['GZIP', 'gzip'],
      ['br', 'br'],
      ['gzip, deflate, br, zstd', 'br'],
      ['deflate, gzip;q=0.5', 'gzip'],
      ['br , gzip , x', 'br'],
      ['br;q=0.5, gzip;q=0.8', 'gzip'],
      ['br; q=0.8, gzip; q=0.5', 'br'],
      ['gzip;q=0', undefined],
      ['gzip;q=0.000', undefined],
      ['gzip;q=2', undefined],
      ['gzip;q=x', undefined],
      ['*', 'br'],
      ['*;q=0', undefined],
      ['br;q=0, *', 'gzip'],
      ['identity, gzip;q=0.5', undefined],
      ['identity;q=0.5, gzip', 'gzip'],
      ['xgzip', undefined],
      ['identity', undefined],
    ] as const
    for (const [field, encoding] of rows) expect(acceptedEncoding(field), String(field)).to.equal(encoding)
  })
})
