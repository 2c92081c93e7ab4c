import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** The codings that listings are kept in, the better first. */
export const ENCODINGS = ['br', 'gzip'] as const
export type ContentEncoding = (typeof ENCODINGS)[number]

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)

/**
 * The coding of ours that an Accept-Encoding field (RFC 9110 section 12.5.3) gives the highest weight; undefined when it
 * wants none of them, or rather the plain bytes.
 */
export function acceptedEncoding(field: string | undefined): ContentEncoding | undefined {
  if (field === undefined) return undefined
  const weights = new Map<string, number>()
  for (const part of field.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const written = parameters.find((parameter) => parameter.startsWith('q='))
    const weight = written === undefined ? 1 : Number(written.slice(2))
    if (name !== '' && weight >= 0 && weight <= 1) weights.set(name, weight)
  }
  const others = weights.get('*') ?? 0
  let best: ContentEncoding | undefined
  let bestWeight = weights.get('identity') ?? 0
  for (const encoding of ENCODINGS) {
    const weight = weights.get(encoding) ?? others
    if (weight > 0 && (best === undefined ? weight >= bestWeight : weight > bestWeight)) {
      best = encoding
      bestWeight = weight
    }
  }
  return best
}

/** On the thread pool. A listing repeats itself so much that the quick levels leave a twentieth of it. */
export function compress(bytes: Buffer, encoding: ContentEncoding): Promise<Buffer> {
  if (encoding === 'gzip') return gzipAsync(bytes, { level: 4 })
  return brotliAsync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  })
}
