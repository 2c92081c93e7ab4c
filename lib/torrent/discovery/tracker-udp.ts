import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { orAbort, throwIfAborted } from '../../domain/abort.ts'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import { compactPeers, type TrackerRequest, type TrackerResponse } from './tracker-protocol.ts'

const PROTOCOL_ID = 0x41727101980n
const CONNECT = 0
const ANNOUNCE = 1
const ERROR = 3
const EVENTS = { none: 0, started: 2, stopped: 3 } as const
/** BEP 15 begins with 15 s; a viewer waits for peers, so a lost datagram is sent again sooner, and then ever more rarely. */
const FIRST_RESEND_MS = 2000
const URL_DATA_OPTION = 2

/**
 * Announces over UDP (BEP 15, request path by BEP 41), IPv4 or IPv6 as the name resolves, on a connected socket of its
 * own: datagrams of others never reach it, and a closed port is known at once. Sends again until the signal ends it.
 * Fails with `unavailable`, or the signal's reason.
 */
export async function announceUdp(
  url: string,
  request: TrackerRequest,
  clock: Clock,
  signal: AbortSignal,
): Promise<TrackerResponse> {
  const { hostname, port, pathname, search } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const { address, family } = await orAbort(lookup(host), signal).catch((error: unknown) => {
    throw signal.aborted ? signal.reason : new AppError('unavailable', `the tracker ${host} is not known`, error)
  })
  throwIfAborted(signal)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  socket.on('error', () => {}) // `ask` listens while it waits; what comes later concerns nobody
  try {
    await connect(socket, Number(port), address, signal)
    const connection = await ask(socket, connectRequest(), CONNECT, 16, clock, signal)
    const message = announceRequest(connection.subarray(8, 16), request, `${pathname}${search}`)
    const answer = await ask(socket, message, ANNOUNCE, 20, clock, signal)
    const intervalSeconds = answer.readUInt32BE(8)
    return {
      intervalMs: intervalSeconds === 0 ? undefined : intervalSeconds * 1000,
      minIntervalMs: undefined,
      peers: compactPeers(answer.subarray(20), family === 6 ? 16 : 4),
    }
  } finally {
    socket.close()
  }
}

function connect(socket: Socket, port: number, address: string, signal: AbortSignal): Promise<void> {
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.connect(port, address, () => {
      socket.off('error', reject)
      resolve()
    })
  }).catch((error: unknown) => {
    throw new AppError('unavailable', 'the tracker cannot be reached', error)
  })
  return orAbort(connected, signal)
}

/** Resolves with the answer to this transaction of at least `minBytes`; datagrams that are something else are ignored. */
async function ask(
  socket: Socket,
  message: Buffer,
  action: number,
  minBytes: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Buffer> {
  let resendMs = FIRST_RESEND_MS
  const resend = clock.timer(() => send())
  const send = () => {
    socket.send(message)
    resend.arm(resendMs)
    resendMs *= 2
  }
  let onMessage: ((datagram: Buffer) => void) | undefined
  let onError: ((error: Error) => void) | undefined
  const answered = new Promise<Buffer>((resolve, reject) => {
    onMessage = (datagram) => {
      if (datagram.length < 8 || datagram.readUInt32BE(4) !== message.readUInt32BE(12)) return
      const received = datagram.readUInt32BE(0)
      if (received === action && datagram.length >= minBytes) resolve(datagram)
      if (received !== ERROR) return
      reject(new AppError('unavailable', `the tracker refused: ${datagram.toString('utf8', 8, 208)}`))
    }
    onError = (error) => reject(new AppError('unavailable', 'the tracker cannot be reached', error))
    socket.on('message', onMessage)
    socket.on('error', onError)
    send()
  })
  try {
    return await orAbort(answered, signal)
  } finally {
    resend.dispose()
    if (onMessage) socket.off('message', onMessage)
    if (onError) socket.off('error', onError)
  }
}

/** Both requests have their transaction id at byte 12. */
function connectRequest(): Buffer {
  const message = Buffer.alloc(16)
  message.writeBigUInt64BE(PROTOCOL_ID, 0)
  message.writeUInt32BE(CONNECT, 8)
  randomBytes(4).copy(message, 12)
  return message
}

function announceRequest(connectionId: Buffer, request: TrackerRequest, path: string): Buffer {
  const message = Buffer.alloc(98)
  connectionId.copy(message, 0)
  message.writeUInt32BE(ANNOUNCE, 8)
  randomBytes(4).copy(message, 12)
  message.set(request.infoHash, 16)
  message.set(request.peerId, 36)
  message.writeBigUInt64BE(BigInt(request.downloaded), 56)
  message.writeBigUInt64BE(BigInt(request.left), 64)
  message.writeBigUInt64BE(BigInt(request.uploaded), 72)
  message.writeUInt32BE(EVENTS[request.event ?? 'none'], 80)
  message.writeUInt32BE(request.key, 88)
  message.writeUInt32BE(request.peersWanted, 92)
  message.writeUInt16BE(request.port, 96)
  return Buffer.concat([message, ...urlData(path)])
}

/** What stands behind the host in the URL, which some trackers take a pass key from (BEP 41). */
function urlData(path: string): Buffer[] {
  if (path === '' || path === '/' || path === '/announce') return []
  const bytes = Buffer.from(path)
  const options: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255)
    options.push(Buffer.from([URL_DATA_OPTION, part.length]), part)
  }
  return options
}
