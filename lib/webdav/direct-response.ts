import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { systemClock } from '../domain/clock.ts'

/** For how long a connection without a request is kept; each answer tells it. */
export const KEEP_ALIVE_S = 75

/** Field names and values in turns, as `writeHead` takes them. */
export type RawHeaders = readonly string[]

/**
 * The bytes that the head of every answer given here fits in; with more fields, or with a longer one, it stands in a
 * write of its own.
 */
export const HEAD_ROOM_BYTES = 1024

/** What node looks at of a response that was begun and ended; middleware has read both by these names for ten years. */
interface ResponseState {
  _header: string | null
  finished: boolean
}

const stateOf = (res: ServerResponse): ResponseState => res as unknown as ResponseState

/**
 * The socket that this response may be written to as it is; undefined where node must do it: a connection that ends with
 * the answer, a client of HTTP/1.0 or one that waits for leave to send its body, fields set on the response, an answer
 * already begun, or one behind another of its connection.
 *
 * Node hands over a response as a vector of its head, its body and an empty end, after checking each field: for an
 * answer of a few kilobytes that costs more than the kernel's part. Here head and body are one write. The rest of the
 * response's life stays node's: `end` emits the event by which node lets the connection's next request follow.
 */
export function directSocket(req: IncomingMessage, res: ServerResponse): Socket | undefined {
  const { socket } = res
  if (!socket?.writable || !res.shouldKeepAlive || res.headersSent) return undefined
  if (req.httpVersionMajor !== 1 || req.httpVersionMinor !== 1 || req.headers.expect !== undefined) return undefined
  return res.getHeaderNames().length === 0 ? socket : undefined
}

/** Text that may stand in a field: nothing that ends it, nothing that Latin-1 lacks. */
const isFieldText = (text: string): boolean => !/[^\t\x20-\x7e\x80-\xff]/.test(text)

/**
 * The complete head of a response, as text of Latin-1; from here on the response is begun. Throws
 * `TypeError` for a value that no field can hold, as node does.
 */
export function beginDirect(res: ServerResponse, status: number, headers: RawHeaders): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const value = headers[index + 1] ?? ''
    if (!isFieldText(value)) throw new TypeError(`the value of ${headers[index]} cannot be sent`)
    head += `${headers[index]}: ${value}\r\n`
  }
  const connection = res.shouldKeepAlive ? `keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_S}` : 'close'
  head += `Date: ${httpDateNow()}\r\nConnection: ${connection}\r\n\r\n`
  res.statusCode = status
  stateOf(res)._header = head
  return head
}

/** Call when the socket took the last byte. */
export function endDirect(res: ServerResponse): void {
  stateOf(res).finished = true
  res.emit('finish')
}

let date = { second: 0, text: '' }

/** As node's own Date, by the wall clock and made once a second. */
function httpDateNow(): string {
  const nowMs = systemClock.nowMs()
  const second = Math.floor(nowMs / 1000)
  if (second !== date.second) date = { second, text: new Date(nowMs).toUTCString() }
  return date.text
}
