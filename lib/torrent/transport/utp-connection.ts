import type { Clock, Timer } from '../../domain/clock.ts'
import { type ConnectionEvents, MAX_WAITING, NO_EVENTS, type PeerConnection } from './peer-connection.ts'
import { UtpCongestion } from './utp-congestion.ts'
import { type SentPacket, UtpInFlight } from './utp-in-flight.ts'
import { encodeUtpPacket, nextSeq, seqDistance, type UtpPacket, UtpType } from './utp-packet.ts'
import { UtpReorder } from './utp-reorder.ts'

const PAYLOAD_BYTES = 1380
/** Timeouts in a row before the peer counts as gone, and before one that never answered does. */
const MAX_TIMEOUTS = 6
const MAX_SYN_TIMEOUTS = 2
/** How long ago, in packets, an ack may have been sent that others overtook. */
const MAX_LATE_PACKETS = 1024
/** Below this there is room for more. */
const LOW_WATER_BYTES = 128 * 1024

export interface UtpConnectionOptions {
  readonly clock: Clock
  readonly host: string
  readonly port: number
  /** What the other side's packets carry. */
  readonly receiveId: number
  readonly sendId: number
  /** Number of the first packet. */
  readonly seq: number
  /** The number of the SYN that it answers; undefined for the side that dials. */
  readonly answersSeq: number | undefined
  send(packet: Buffer): void
  /** It ended: no packet of it is expected any more. */
  onEnd(): void
}

/** One connection of uTP (BEP 29): bytes in order over datagrams. Its one timer runs only while something is unacknowledged. */
export class UtpConnection implements PeerConnection {
  readonly host: string
  readonly port: number
  readonly #options: UtpConnectionOptions
  readonly #timer: Timer
  readonly #congestion = new UtpCongestion()
  readonly #reorder: UtpReorder
  readonly #inFlight = new UtpInFlight()
  readonly #pending: Uint8Array[] = []
  #pendingBytes = 0
  #seq: number
  #delayUs = 0
  #peerWindowBytes = PAYLOAD_BYTES
  #sentPackets = 0
  #timeouts = 0
  #isConnected: boolean
  #isAckDue = false
  #isFull = false
  #isClosed = false
  #flushing: NodeJS.Immediate | undefined
  #events: ConnectionEvents = NO_EVENTS

  constructor(options: UtpConnectionOptions) {
    this.#options = options
    this.host = options.host
    this.port = options.port
    this.#seq = options.seq
    this.#isConnected = options.answersSeq !== undefined
    this.#reorder = new UtpReorder(options.answersSeq ?? 0)
    this.#timer = options.clock.timer(() => this.#onTimeout())
    if (this.#isConnected) this.acknowledge()
    else this.#sendNew(UtpType.syn, new Uint8Array(0))
  }

  /** What our packets carry. */
  get sendId(): number {
    return this.#options.sendId
  }

  get bufferedBytes(): number {
    return this.#pendingBytes + this.#inFlight.bytes
  }

  listen(events: ConnectionEvents): void {
    this.#events = events
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed || bytes.length === 0) return
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    if (this.bufferedBytes > LOW_WATER_BYTES) this.#isFull = true
    this.#flushSoon()
  }

  /** The other side hears it once; if it does not, its next packet is answered with a reset. */
  destroy(): void {
    if (this.#isClosed) return
    this.#send(UtpType.fin, this.#seq)
    this.#end()
  }

  /** Says what came, at once. */
  acknowledge(): void {
    this.#isAckDue = false
    this.#send(UtpType.state, this.#seq, undefined, this.#reorder.selective())
  }

  receive(packet: UtpPacket): void {
    if (this.#isClosed) return
    if (packet.type === UtpType.reset) {
      this.#close()
      return
    }
    const nowMs = this.#options.clock.monotonicMs()
    // One that acknowledges what was never sent is of somebody who guesses.
    const sentSince = seqDistance(packet.ack, this.#seq) - 1
    if (sentSince < 0 || sentSince > Math.min(this.#sentPackets, this.#inFlight.count + MAX_LATE_PACKETS)) return
    this.#delayUs = (microseconds(nowMs) - packet.sentAtUs) >>> 0
    this.#peerWindowBytes = packet.windowBytes
    const isAnswer = !this.#isConnected && packet.type === UtpType.state && this.#inFlight.has(packet.ack)
    if (!this.#isConnected && !isAnswer) return
    this.#onAck(packet, nowMs)
    if (isAnswer) {
      this.#isConnected = true
      // The number of an answer is that of the first packet of data to come.
      this.#reorder.begin(packet.seq)
      this.#events.onConnected()
    } else if (packet.type === UtpType.data || packet.type === UtpType.fin) this.#onData(packet)
    if (this.#isClosed) return
    if (this.#isFull && this.bufferedBytes <= LOW_WATER_BYTES) {
      this.#isFull = false
      this.#events.onDrain()
    }
    this.#flushSoon()
  }

  #onData(packet: UtpPacket): void {
    this.#isAckDue = true
    for (const { payload, isEnd } of this.#reorder.take(packet.seq, packet.payload, packet.type === UtpType.fin)) {
      if (isEnd) {
        this.acknowledge()
        this.#close()
      } else if (payload.length > 0) this.#events.onData(payload)
      if (this.#isClosed) return
    }
  }

  #onAck(packet: UtpPacket, nowMs: number): void {
    const acked = this.#inFlight.onAck(packet, nowMs)
    for (const ms of acked.roundTripsMs) this.#congestion.onRoundTrip(ms)
    if (acked.isLoss) this.#congestion.onLoss(nowMs)
    if (acked.bytes > 0) this.#congestion.onAcknowledged(acked.bytes, packet.delayUs, nowMs)
    if (!acked.isAny) return
    this.#timeouts = 0
    this.#armTimer()
  }

  #flushSoon(): void {
    this.#flushing ??= setImmediate(() => {
      this.#flushing = undefined
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#isClosed || !this.#isConnected) return
    if (this.#pending.length > MAX_WAITING.writes || this.#pendingBytes > MAX_WAITING.bytes) {
      const events = this.#events
      this.destroy()
      events.onClosed()
      return
    }
    const windowBytes = Math.min(this.#congestion.windowBytes, this.#peerWindowBytes)
    let resentBytes = 0
    for (const [seq, sent] of this.#inFlight.lost()) {
      if (resentBytes >= windowBytes) break
      resentBytes += sent.payload.length
      this.#resend(seq, sent)
    }
    // A window of nothing is tried with one packet, so that its opening is heard of.
    while (
      this.#pendingBytes > 0 &&
      (this.#inFlight.count === 0 || this.#inFlight.bytes + PAYLOAD_BYTES <= windowBytes)
    ) {
      this.#sendNew(UtpType.data, this.#nextPayload())
    }
    if (this.#isAckDue) this.acknowledge()
  }

  #nextPayload(): Uint8Array {
    const payload = Buffer.allocUnsafe(Math.min(PAYLOAD_BYTES, this.#pendingBytes))
    let filled = 0
    while (filled < payload.length) {
      const [first = payload] = this.#pending
      const part = first.subarray(0, payload.length - filled)
      payload.set(part, filled)
      filled += part.length
      if (part.length === first.length) this.#pending.shift()
      else this.#pending[0] = first.subarray(part.length)
    }
    this.#pendingBytes -= payload.length
    return payload
  }

  #sendNew(type: number, payload: Uint8Array): void {
    this.#inFlight.add(this.#seq, type, payload, this.#options.clock.monotonicMs())
    this.#send(type, this.#seq, payload)
    this.#seq = nextSeq(this.#seq)
    this.#sentPackets++
    if (this.#inFlight.count === 1) this.#armTimer()
  }

  #resend(seq: number, sent: SentPacket): void {
    sent.isLost = false
    sent.sendCount++
    sent.sentAtMs = this.#options.clock.monotonicMs()
    this.#send(sent.type, seq, sent.payload)
  }

  #send(type: number, seq: number, payload?: Uint8Array, selective?: Uint8Array): void {
    const { clock, receiveId, sendId } = this.#options
    if (type === UtpType.data && this.#reorder.isInOrder) this.#isAckDue = false
    const header = {
      type,
      connectionId: type === UtpType.syn ? receiveId : sendId,
      sentAtUs: microseconds(clock.monotonicMs()),
      delayUs: this.#delayUs,
      windowBytes: this.#reorder.windowBytes,
      seq,
      ack: this.#reorder.ack,
    }
    this.#options.send(encodeUtpPacket(header, payload, selective))
  }

  #armTimer(): void {
    if (this.#inFlight.count > 0) this.#timer.arm(this.#congestion.timeoutMs)
    else this.#timer.disarm()
  }

  #onTimeout(): void {
    const most = this.#isConnected ? MAX_TIMEOUTS : MAX_SYN_TIMEOUTS
    if (++this.#timeouts > most) {
      this.#close()
      return
    }
    this.#congestion.onTimeout()
    // The window is small now: the oldest goes again, the rest when something is heard.
    this.#inFlight.loseAll()
    for (const [seq, sent] of this.#inFlight.lost()) {
      this.#resend(seq, sent)
      break
    }
    this.#armTimer()
  }

  #end(): void {
    this.#isClosed = true
    this.#events = NO_EVENTS
    this.#timer.dispose()
    if (this.#flushing) clearImmediate(this.#flushing)
    this.#inFlight.clear()
    this.#pending.length = 0
    this.#pendingBytes = 0
    this.#options.onEnd()
  }

  #close(): void {
    const events = this.#events
    this.#end()
    events.onClosed()
  }
}

const microseconds = (ms: number): number => Math.floor(ms * 1000) >>> 0
