import { lookup } from 'node:dns'
import { type ClientRequest, type Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http'
import { type Agent as HttpsAgent, get as httpsGet } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import { isLocalAddress, isLocalHost } from './local-address.ts'
import { isWebSeedUrl } from './web-seed-url.ts'

const MAX_REDIRECTS = 5
const SILENT_MS = 20_000

export interface RangeRequest {
  readonly url: URL
  /** Bytes [start, end) of what is there, at least one. */
  readonly start: number
  readonly end: number
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
  readonly clock: Clock
  /** In order, as they come; exactly as many as were asked once the promise resolves. `chunk` is not kept. */
  onData(chunk: Buffer): void
}

/**
 * GET with a Range (RFC 9110 section 14). Follows a few redirects, never from the internet into the own network, and sends
 * no login and no cookie. Fails with `invalid` for a server that cannot or will not give this
 * range at all, `unavailable` for one that may do so later, or the signal's reason.
 */
export async function fetchRange(request: RangeRequest, signal: AbortSignal): Promise<void> {
  let { url } = request
  let mayBeLocal = true
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await ask(url, mayBeLocal, request, signal)
    const { statusCode = 0, headers } = response
    if (statusCode < 300 || statusCode >= 400) {
      await receive(response, request, signal)
      return
    }
    mayBeLocal = mayBeLocal && isLocalAddress(response.socket.remoteAddress ?? '')
    response.destroy()
    const target = URL.canParse(headers.location ?? '', url.href) ? new URL(headers.location ?? '', url) : undefined
    if (!target || !isWebSeedUrl(target.href)) throw new AppError('invalid', 'a redirect to nowhere')
    if (!mayBeLocal && isLocalHost(target.hostname)) throw new AppError('invalid', 'a redirect into the own network')
    url = target
  }
  throw new AppError('invalid', `more than ${MAX_REDIRECTS} redirects`)
}

function ask(url: URL, mayBeLocal: boolean, request: RangeRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { start, end, httpAgent, httpsAgent, clock } = request
  const options = {
    headers: { range: `bytes=${start}-${end - 1}`, 'accept-encoding': 'identity', 'user-agent': 'Momoshtrem' },
    signal,
    ...(mayBeLocal ? {} : { lookup: publicLookup }),
  }
  return new Promise((resolve, reject) => {
    const asked: ClientRequest =
      url.protocol === 'https:'
        ? httpsGet(url, { ...options, agent: httpsAgent })
        : httpGet(url, { ...options, agent: httpAgent })
    const deadline = clock.after(SILENT_MS, () => asked.destroy(new AppError('unavailable', 'no answer')))
    asked.on('response', (response) => {
      deadline.dispose()
      resolve(response)
    })
    asked.on('error', (error) => {
      deadline.dispose()
      reject(failure(error, signal))
    })
  })
}

/** Checks what the server says it sends before a byte of it is taken. */
function receive(response: IncomingMessage, request: RangeRequest, signal: AbortSignal): Promise<void> {
  const refusal = refusalOf(response, request)
  if (refusal) {
    response.destroy()
    return Promise.reject(refusal)
  }
  const wantedBytes = request.end - request.start
  return new Promise((resolve, reject) => {
    let receivedBytes = 0
    const deadline = request.clock.timer(() => response.destroy(new AppError('unavailable', 'silent')))
    const fail = (error: unknown) => {
      deadline.dispose()
      response.destroy()
      reject(failure(error, signal))
    }
    deadline.arm(SILENT_MS)
    response.on('error', fail)
    response.on('close', () => fail(new AppError('unavailable', 'the answer was cut short')))
    response.on('data', (chunk: Buffer) => {
      deadline.arm(SILENT_MS)
      receivedBytes += chunk.length
      try {
        if (receivedBytes > wantedBytes) throw new AppError('invalid', 'more bytes than were asked')
        request.onData(chunk)
      } catch (error) {
        fail(error)
      }
    })
    response.on('end', () => {
      deadline.dispose()
      if (receivedBytes === wantedBytes) resolve()
      else fail(new AppError('unavailable', 'the answer was cut short'))
    })
  })
}

function refusalOf({ statusCode = 0, headers }: IncomingMessage, { start, end }: RangeRequest): AppError | undefined {
  if (statusCode === 408 || statusCode === 429 || statusCode >= 500) {
    return new AppError('unavailable', `the web seed answers ${statusCode}`)
  }
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    return new AppError('invalid', 'the web seed encodes what it sends')
  }
  const lengthBytes = headers['content-length']
  const isAsAsked = lengthBytes === undefined || Number(lengthBytes) === end - start
  if (statusCode === 200 && start === 0 && lengthBytes !== undefined && isAsAsked) return undefined
  if (statusCode !== 206) return new AppError('invalid', `the web seed answers ${statusCode}`)
  const range = /^bytes (\d+)-(\d+)\/(?:\d+|\*)$/.exec(headers['content-range'] ?? '')
  const isRange = range && Number(range[1]) === start && Number(range[2]) === end - 1
  return isRange && isAsAsked ? undefined : new AppError('invalid', 'the web seed sends another range')
}

/** Resolves names outside the own network only. */
const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const open = error ? [] : addresses.filter(({ address }) => !isLocalAddress(address))
    const [first] = open
    if (error) done(error, '', 0)
    else if (!first) done(new AppError('invalid', 'a redirect into the own network'), '', 0)
    else if (options.all) done(null, open)
    else done(null, first.address, first.family)
  })
}

function failure(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  return error instanceof AppError ? error : new AppError('unavailable', 'the web seed cannot be reached', error)
}
