import type { Clock, Timer } from '../../domain/clock.ts'
import { type ConnectionEvents, NO_EVENTS, type PeerConnection } from './peer-connection.ts'
import { UtpCongestion } from './utp-congestion.ts'
import { encodeUtpPacket, nextSeq, seqDistance, type UtpPacket, UtpType } from './utp-packet.ts'
import { UtpReorder } from './utp-reorder.ts'

const PAYLOAD_BYTES = 1380
/** Timeouts in a row before the peer counts as gone, and before one that never answered does. */
const MAX_TIMEOUTS = 6
const MAX_SYN_TIMEOUTS = 2
/** Acks beyond a packet that make it count as lost. */
const LOST_AFTER_ACKS = 3
/** Below this there is room for more. */
const LOW_WATER_BYTES = 128 * 1024

interface SentPacket {
  readonly type: number
  readonly payload: Uint8Array
  sentAtMs: number
  sendCount: number
  isLost: boolean
  repeatedAcks: number
}

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
  /** By number, oldest first. */
  readonly #inFlight = new Map<number, SentPacket>()
  readonly #pending: Uint8Array[] = []
  #pendingBytes = 0
  #inFlightBytes = 0
  #seq: number
  #delayUs = 0
  #peerWindowBytes = PAYLOAD_BYTES
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
    return this.#pendingBytes + this.#inFlightBytes
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
    // One that acknowledges what was never sent is none of the peer's.
    if (seqDistance(packet.ack, this.#seq) - 1 > this.#inFlight.size + 1024) return
    if (seqDistance(packet.ack, this.#seq) === 0) return
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
    let ackedBytes = 0
    const acked = (seq: number, sent: SentPacket): void => {
      this.#inFlight.delete(seq)
      this.#inFlightBytes -= sent.payload.length
      ackedBytes += sent.payload.length
      this.#timeouts = 0
      // Of one sent twice it is not known which was acknowledged (Karn).
      if (sent.sendCount === 1) this.#congestion.onRoundTrip(nowMs - sent.sentAtMs)
    }
    for (const [seq, sent] of this.#inFlight) {
      if (seqDistance(seq, packet.ack) >= 0x8000) break
      acked(seq, sent)
    }
    const isRepeated = packet.type === UtpType.state && ackedBytes === 0
    const early = packet.selective ? [...selected(packet.ack, packet.selective)] : []
    for (const seq of early) {
      const sent = this.#inFlight.get(seq)
      if (sent) acked(seq, sent)
    }
    if (this.#isConnected && isRepeated && !packet.selective) this.#countRepeated(nowMs)
    this.#findLost(early, nowMs)
    if (ackedBytes > 0) this.#congestion.onAcknowledged(ackedBytes, packet.delayUs, nowMs)
    this.#armTimer()
  }

  /** The same was acknowledged again: something came, and not the oldest under way. */
  #countRepeated(nowMs: number): void {
    const [oldest] = this.#inFlight.values()
    if (oldest && ++oldest.repeatedAcks === LOST_AFTER_ACKS && oldest.sendCount === 1) {
      oldest.isLost = true
      this.#congestion.onLoss(nowMs)
    }
  }

  /** Packets that several later ones overtook. `early` came, in this order. */
  #findLost(early: readonly number[], nowMs: number): void {
    let passed = 0
    for (const [seq, sent] of this.#inFlight) {
      while (passed < early.length && seqDistance(early[passed] ?? 0, seq) < 0x8000) passed++
      if (early.length - passed < LOST_AFTER_ACKS) return
      if (sent.isLost || sent.sendCount > 1) continue
      sent.isLost = true
      this.#congestion.onLoss(nowMs)
    }
  }

  #flushSoon(): void {
    this.#flushing ??= setImmediate(() => {
      this.#flushing = undefined
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#isClosed || !this.#isConnected) return
    const windowBytes = Math.min(this.#congestion.windowBytes, this.#peerWindowBytes)
    let resentBytes = 0
    for (const [seq, sent] of this.#inFlight) {
      if (!sent.isLost || resentBytes >= windowBytes) continue
      resentBytes += sent.payload.length
      this.#resend(seq, sent)
    }
    // A window of nothing is tried with one packet, so that its opening is heard of.
    while (
      this.#pendingBytes > 0 &&
      (this.#inFlight.size === 0 || this.#inFlightBytes + PAYLOAD_BYTES <= windowBytes)
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
    const sentAtMs = this.#options.clock.monotonicMs()
    const sent = { type, payload, sentAtMs, sendCount: 1, isLost: false, repeatedAcks: 0 }
    this.#inFlight.set(this.#seq, sent)
    this.#inFlightBytes += payload.length
    this.#send(type, this.#seq, payload)
    this.#seq = nextSeq(this.#seq)
    if (this.#inFlight.size === 1) this.#armTimer()
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
    if (this.#inFlight.size > 0) this.#timer.arm(this.#congestion.timeoutMs)
    else this.#timer.disarm()
  }

  #onTimeout(): void {
    const most = this.#isConnected ? MAX_TIMEOUTS : MAX_SYN_TIMEOUTS
    if (++this.#timeouts > most) {
      this.#close()
      return
    }
    this.#congestion.onTimeout()
    // Nothing was heard of any of them. The window is small now: the rest goes when something is heard again.
    for (const sent of this.#inFlight.values()) sent.isLost = true
    const [first] = this.#inFlight
    if (first) this.#resend(...first)
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
    this.#inFlightBytes = 0
    this.#options.onEnd()
  }

  #close(): void {
    const events = this.#events
    this.#end()
    events.onClosed()
  }
}

const microseconds = (ms: number): number => Math.floor(ms * 1000) >>> 0

function* selected(ack: number, bits: Uint8Array): Generator<number> {
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) yield (ack + 2 + index * 8 + bit) & 0xffff
  }
}
