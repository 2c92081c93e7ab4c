import { randomBytes } from 'node:crypto'
import type { BufferPool, ContentReader } from '../domain/content.ts'
import { toAppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import { type ByteRange, rangeLength } from '../domain/ranges.ts'
import { BodySender } from './body-sender.ts'
import { parseRange } from './byte-ranges.ts'
import { evaluateConditions, isRangeWanted } from './conditions.ts'
import { connectionSignal } from './connection-signal.ts'
import type { RawHeaders } from './direct-response.ts'
import type { FileResource } from './resource.ts'
import { type Answer, type Exchange, errorAnswer, PRECONDITION_FAILED, send, sendRaw, text } from './responses.ts'

export type OpenContent = (range: ByteRange, signal: AbortSignal) => Promise<ContentReader>

export interface GetHandlerOptions {
  readonly buffers: BufferPool
  readonly logger: Logger
}

/** A page out of a torrent must not act with the login of the browser that shows it. */
const ACTIVE_TYPES = /html|xml|svg/

/** A part of the body: the text before it and the bytes of the file. */
interface Part {
  readonly head: string
  readonly range: ByteRange
}

/** GET and HEAD of a file (RFC 9110 sections 9.3.1, 9.3.2, 13 and 14). HEAD opens nothing. */
export class GetHandler {
  readonly #buffers: BufferPool
  readonly #logger: Logger

  constructor({ buffers, logger }: GetHandlerOptions) {
    this.#buffers = buffers
    this.#logger = logger
  }

  /** Settles when the response was handed to the socket or its client left. Never rejects. */
  async handle(exchange: Exchange, file: FileResource, open: OpenContent): Promise<void> {
    const { req, res } = exchange
    const verdict = evaluateConditions(req.headers, file, true)
    if (verdict === 'not_modified') return sendRaw(req, res, 304, validators(file), '')
    if (verdict === 'failed') return send(req, res, PRECONDITION_FAILED)

    // Range means something for GET only (RFC 9110 section 14.2).
    const isRanged = req.method === 'GET' && isRangeWanted(req.headers['if-range']?.toString(), file)
    const outcome = parseRange(isRanged ? req.headers.range : undefined, file.sizeBytes)
    const headers = validators(file)
    if (ACTIVE_TYPES.test(file.mediaType)) headers.push('Content-Security-Policy', 'sandbox')
    switch (outcome.kind) {
      case 'unsatisfiable':
        return send(req, res, unsatisfiable(file))
      case 'whole': {
        headers.push('Content-Type', file.mediaType, 'Content-Length', String(file.sizeBytes))
        const whole = { head: '', range: { start: 0, end: file.sizeBytes } }
        return await this.#send(exchange, 200, headers, [whole], '', open)
      }
      case 'ranges': {
        const [first, second] = outcome.ranges
        if (first && !second) {
          headers.push('Content-Type', file.mediaType, 'Content-Length', String(rangeLength(first)))
          headers.push('Content-Range', contentRange(first, file))
          return await this.#send(exchange, 206, headers, [{ head: '', range: first }], '', open)
        }
        const multipart = multipartOf(outcome.ranges, file)
        headers.push('Content-Type', `multipart/byteranges; boundary=${multipart.boundary}`)
        headers.push('Content-Length', String(multipart.lengthBytes))
        return await this.#send(exchange, 206, headers, multipart.parts, multipart.tail, open)
      }
    }
  }

  async #send(
    { req, res }: Exchange,
    status: number,
    headers: RawHeaders,
    parts: readonly Part[],
    tail: string,
    open: OpenContent,
  ): Promise<void> {
    const [first] = parts
    const last = parts.at(-1)
    if (req.method === 'HEAD' || !first || !last || rangeLength(first.range) === 0) {
      sendRaw(req, res, status, headers, '')
      return
    }
    const signal = connectionSignal(req.socket)
    const sender = new BodySender(req, res, this.#buffers, signal)
    let reader: ContentReader | undefined
    const onClose = (): void => {
      reader?.close()
      sender.release()
    }
    res.once('close', onClose)
    try {
      const hint = parts.length === 1 ? first.range : { start: first.range.start, end: last.range.end }
      reader = await open(hint.start < hint.end ? hint : first.range, signal)
      if (signal.aborted) throw signal.reason
      await sender.prefetch(reader, first.range)
      if (signal.aborted) throw signal.reason
      sender.begin(status, headers)
      for (const part of parts) {
        if (part.head !== '') sender.sendText(part.head)
        await sender.send(reader, part.range)
      }
      await sender.end(tail)
    } catch (error) {
      this.#fail({ req, res }, error)
    } finally {
      reader?.close()
      if (!res.headersSent) sender.release()
    }
  }

  #fail({ req, res }: Pick<Exchange, 'req' | 'res'>, error: unknown): void {
    const failure = toAppError(error)
    if (failure.code === 'aborted') {
      res.destroy()
      return
    }
    if (failure.code === 'internal') this.#logger.error('read failed', { path: req.url, err: error })
    else this.#logger.warn('read ended early', { path: req.url, code: failure.code, reason: failure.message })
    // Once the header is out, a broken connection is the only way to say that bytes are missing.
    if (res.headersSent) res.destroy()
    else send(req, res, errorAnswer(failure))
  }
}

const contentRange = ({ start, end }: ByteRange, { sizeBytes }: FileResource): string =>
  `bytes ${start}-${end - 1}/${sizeBytes}`

const validators = ({ etag, lastModified }: FileResource): string[] => [
  'ETag',
  etag,
  'Last-Modified',
  lastModified,
  'Accept-Ranges',
  'bytes',
]

const unsatisfiable = ({ etag, lastModified, sizeBytes }: FileResource): Answer =>
  text(416, 'the range lies outside the file', {
    ETag: etag,
    'Last-Modified': lastModified,
    'Accept-Ranges': 'bytes',
    'Content-Range': `bytes */${sizeBytes}`,
  })

/** RFC 9110 section 14.6. */
function multipartOf(
  ranges: readonly ByteRange[],
  file: FileResource,
): { readonly boundary: string; readonly parts: readonly Part[]; readonly tail: string; readonly lengthBytes: number } {
  const boundary = randomBytes(12).toString('hex')
  const parts = ranges.map((range, index) => ({
    head: `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${file.mediaType}\r\nContent-Range: ${contentRange(range, file)}\r\n\r\n`,
    range,
  }))
  const tail = `\r\n--${boundary}--\r\n`
  const lengthBytes = parts.reduce((sum, { head, range }) => sum + head.length + rangeLength(range), tail.length)
  return { boundary, parts, tail, lengthBytes }
}
