import * as http from 'node:http'
import * as https from 'node:https'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AppError } from '../../domain/errors.ts'
import { parseResponse, type TrackerRequest, type TrackerResponse } from './tracker-protocol.ts'

const MAX_BODY_BYTES = 256 * 1024
const MAX_REDIRECTS = 4
const inflate = promisify(gunzip)

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: Uint8Array
}

/**
 * Announces over HTTP or HTTPS (BEP 3, compact by BEP 23). Each on a connection of its own, so that none stays open
 * between intervals. Fails with `unavailable`, `invalid` for an answer that is none, or the signal's reason.
 */
export async function announceHttp(
  url: string,
  request: TrackerRequest,
  userAgent: string,
  signal: AbortSignal,
): Promise<TrackerResponse> {
  let target = announceUrl(url, request)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await get(target, userAgent, signal)
    if (answer.status >= 300 && answer.status < 400 && answer.location !== undefined) {
      target = redirectTarget(answer.location, target)
    } else if (answer.status !== 200) {
      throw new AppError('unavailable', `the tracker answered ${answer.status}`)
    } else {
      return parseResponse(answer.body)
    }
  }
  throw new AppError('unavailable', 'the tracker redirects without end')
}

/** Info-hash and peer id are bytes, not text: each is percent-encoded by itself (BEP 3). */
export function announceUrl(url: string, request: TrackerRequest): URL {
  const fields: [string, string][] = [
    ['info_hash', percentEncoded(request.infoHash)],
    ['peer_id', percentEncoded(request.peerId)],
    ['port', String(request.port)],
    ['uploaded', String(request.uploaded)],
    ['downloaded', String(request.downloaded)],
    ['left', String(request.left)],
    ['compact', '1'],
    ['numwant', String(request.peersWanted)],
    ['key', request.key.toString(16).padStart(8, '0')],
  ]
  if (request.event) fields.push(['event', request.event])
  if (request.trackerId) fields.push(['trackerid', percentEncoded(request.trackerId)])
  const query = fields.map(([name, value]) => `${name}=${value}`).join('&')
  const [address = ''] = url.split('#')
  return new URL(`${address}${address.includes('?') ? '&' : '?'}${query}`)
}

function percentEncoded(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte)
    return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

function redirectTarget(location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined
  if (target?.protocol === 'http:' || target?.protocol === 'https:') return target
  throw new AppError('unavailable', 'the tracker redirects to what is no HTTP address')
}

async function get(url: URL, userAgent: string, signal: AbortSignal): Promise<Answer> {
  const answer = await new Promise<Answer & { readonly encoding: string | undefined }>((resolve, reject) => {
    const headers = { 'user-agent': userAgent, 'accept-encoding': 'gzip', accept: '*/*' }
    const secure = url.protocol === 'https:'
    const request = (secure ? https : http).get(url, { agent: false, headers, signal }, (response) => {
      const chunks: Uint8Array[] = []
      let bodyBytes = 0
      response.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk)
        bodyBytes += chunk.length
        if (bodyBytes > MAX_BODY_BYTES) request.destroy(new Error('the tracker sent too much'))
      })
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode = 0, headers: received } = response
        const encoding = received['content-encoding']
        resolve({ status: statusCode, location: received.location, body: Buffer.concat(chunks), encoding })
      })
    })
    request.on('error', reject)
  }).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : new AppError('unavailable', 'the tracker cannot be reached', error)
  })
  if (answer.encoding !== 'gzip') return answer
  try {
    return { ...answer, body: await inflate(answer.body, { maxOutputLength: MAX_BODY_BYTES }) }
  } catch (error) {
    throw new AppError('invalid', 'the tracker sent a damaged answer', error)
  }
}
