import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Clock } from '../domain/clock.ts'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import type { Access } from './auth.ts'
import { beginDirect, directSocket, endDirect, type RawHeaders } from './direct-response.ts'
import type { CheckedRequest } from './guard.ts'

/** One request on its way through the server. */
export interface Exchange {
  readonly request: CheckedRequest
  /** What its login may do. */
  readonly access: Access
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** A complete answer; `body` is left out for HEAD, its length is not. */
export interface Answer {
  readonly status: number
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
}

/** Seconds after which a client may ask again for what the swarm did not give. */
export const RETRY_AFTER_S = 5

const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  not_found: 404,
  invalid: 400,
  conflict: 409,
  read_only: 403,
  range: 416,
  unavailable: 503,
  storage_full: 507,
  timeout: 503,
  aborted: 503,
  unauthorized: 401,
  internal: 500,
}

export const XML_TYPE = 'application/xml; charset=utf-8'
export const XML_PROLOG = '<?xml version="1.0" encoding="utf-8"?>\n'
export const MULTISTATUS_OPEN = `${XML_PROLOG}<D:multistatus xmlns:D="DAV:">`
export const MULTISTATUS_CLOSE = '</D:multistatus>'

/** A short text for a person; the status says the rest. */
export const text = (status: number, message: string, headers?: OutgoingHttpHeaders): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
  body: `${message}\n`,
})

export const READ_ONLY: Answer = text(403, 'the library is read-only')
export const FORBIDDEN: Answer = text(403, 'forbidden')
export const NOT_FOUND: Answer = text(404, 'not found')
export const PRECONDITION_FAILED: Answer = text(412, 'a precondition failed')

/** An XML error body naming the condition that did not hold (RFC 4918 section 16). */
export const davError = (status: number, condition: string): Answer => ({
  status,
  headers: { 'Content-Type': XML_TYPE },
  body: `${XML_PROLOG}<D:error xmlns:D="DAV:">${condition}</D:error>`,
})

export function errorAnswer(error: AppError): Answer {
  const status = STATUS_OF[error.code]
  return text(status, error.message, status === 503 ? { 'Retry-After': RETRY_AFTER_S } : undefined)
}

/** Writes the whole answer. A response that was begun or whose client left is not touched. */
export function send(req: IncomingMessage, res: ServerResponse, answer: Answer): void {
  if (res.headersSent || res.destroyed) return
  const hasNoBody = answer.status === 204 || answer.status === 304
  const body = answer.body ?? ''
  const headers: string[] = hasNoBody ? [] : ['Content-Length', String(Buffer.byteLength(body))]
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (Array.isArray(value)) for (const one of value) headers.push(name, one)
    else if (value !== undefined) headers.push(name, String(value))
  }
  sendRaw(req, res, answer.status, headers, hasNoBody || req.method === 'HEAD' ? '' : body)
}

/** As `send`, with the fields as they go out; `body` is empty for HEAD, and text of `encoding`. */
export function sendRaw(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  headers: RawHeaders,
  body: string | Uint8Array,
  encoding: 'utf8' | 'latin1' = 'utf8',
): void {
  const socket = directSocket(req, res)
  if (!socket) {
    res.writeHead(status, [...headers])
    res.end(body, encoding)
    return
  }
  const head = beginDirect(res, status, headers)
  const onTaken = (error?: Error | null): void => {
    if (!error) endDirect(res)
  }
  // A head of ASCII is the same in both encodings and joins the body's text.
  if (typeof body === 'string' && (encoding === 'latin1' || Buffer.byteLength(head) === head.length)) {
    socket.write(head + body, encoding, onTaken)
    return
  }
  socket.cork()
  socket.write(head, 'latin1')
  if (typeof body === 'string') socket.write(body, encoding, onTaken)
  else socket.write(body, onTaken)
  socket.uncork()
}

/** How long a body that nobody reads may still arrive after its answer. */
const LINGER_MS = 2000

/**
 * An answer may leave before its request's body came. Node drains the rest, which keeps the connection usable and the
 * answer readable; a body that goes on for longer than `LINGER_MS` ends the connection.
 */
export function limitUnreadBody(req: IncomingMessage, res: ServerResponse, clock: Clock): void {
  if (req.headers['content-length'] === undefined && req.headers['transfer-encoding'] === undefined) return
  res.once('finish', () => {
    if (req.complete || req.destroyed) return
    const timer = clock.after(LINGER_MS, () => req.destroy())
    req.once('close', () => timer.dispose())
  })
}

/** Lets a client send its body that waits for leave to (RFC 9110 section 10.1.1). */
export function expectBody(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect !== undefined) res.writeContinue()
}

/** The body, or undefined when it is longer than `maxBytes`. Rejects with `aborted` when the client leaves. */
export async function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  const isWhole = await takeBody(req, res, maxBytes, (chunk) => chunks.push(chunk))
  return isWhole ? Buffer.concat(chunks) : undefined
}

/** Reads the body and forgets it. False when it is longer than `maxBytes`. Rejects with `aborted` when the client leaves. */
export const drainBody = (req: IncomingMessage, res: ServerResponse, maxBytes: number): Promise<boolean> =>
  takeBody(req, res, maxBytes, () => {})

function takeBody(
  req: IncomingMessage,
  res: ServerResponse,
  maxBytes: number,
  take: (chunk: Buffer) => void,
): Promise<boolean> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(false)
  expectBody(req, res)
  return new Promise((resolve, reject) => {
    let length = 0
    const stop = (): void => {
      req.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length <= maxBytes) {
        take(chunk)
        return
      }
      stop()
      resolve(false)
    }
    const onEnd = (): void => {
      stop()
      resolve(true)
    }
    const onClose = (): void => {
      stop()
      reject(new AppError('aborted', 'the client left'))
    }
    req.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
  })
}
