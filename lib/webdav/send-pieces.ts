import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { nextTurn } from '../domain/slices.ts'
import { send } from './responses.ts'

/** Text is joined up to this size before it goes to the socket and others have their turn. */
const CHUNK_CHARS = 128 * 1024

/**
 * Writes an answer of text that is made as it is pulled. What fits in one chunk goes out whole; of more, no more is in
 * memory than the socket has not taken. Resolves when all was handed over or the client left.
 */
export async function sendPieces(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  pieces: Iterable<string>,
): Promise<void> {
  let chunk = ''
  for (const piece of pieces) {
    chunk += piece
    if (chunk.length < CHUNK_CHARS) continue
    if (!res.headersSent) res.writeHead(status, headers)
    if (req.method === 'HEAD') break
    if (!res.write(chunk)) await drained(res)
    await nextTurn() // a socket that takes all at once never waits
    if (res.destroyed) return
    chunk = ''
  }
  if (res.headersSent) res.end(chunk)
  else send(req, res, { status, headers, body: chunk })
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done).off('close', done)
      resolve()
    }
    res.on('drain', done).on('close', done)
  })
}
