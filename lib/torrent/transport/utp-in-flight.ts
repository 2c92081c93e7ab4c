import { seqDistance, type UtpPacket, UtpType } from './utp-packet.ts'

/** Acks beyond a packet that make it count as lost. */
const LOST_AFTER_ACKS = 3

/** A packet that was sent and is not acknowledged. */
export interface SentPacket {
  readonly type: number
  readonly payload: Uint8Array
  sentAtMs: number
  sendCount: number
  isLost: boolean
  /** How often it was said that something came, and not this. */
  repeatedAcks: number
}

/** What one ack told. */
export interface Acknowledged {
  readonly bytes: number
  /** Of packets that were sent once: of others it is not known which sending was acknowledged (Karn). */
  readonly roundTripsMs: readonly number[]
  readonly isAny: boolean
  /** Packets were found lost. */
  readonly isLoss: boolean
}

/** The packets of one connection that are under way, and what acks tell of them. */
export class UtpInFlight {
  /** By number, oldest first. */
  readonly #packets = new Map<number, SentPacket>()
  #bytes = 0

  get count(): number {
    return this.#packets.size
  }

  get bytes(): number {
    return this.#bytes
  }

  has(seq: number): boolean {
    return this.#packets.has(seq)
  }

  add(seq: number, type: number, payload: Uint8Array, sentAtMs: number): void {
    this.#packets.set(seq, { type, payload, sentAtMs, sendCount: 1, isLost: false, repeatedAcks: 0 })
    this.#bytes += payload.length
  }

  /** Those that have to be sent again, oldest first. */
  *lost(): Generator<readonly [number, SentPacket]> {
    for (const entry of this.#packets) if (entry[1].isLost) yield entry
  }

  /** Nothing was heard of any of them. */
  loseAll(): void {
    for (const sent of this.#packets.values()) sent.isLost = true
  }

  onAck(packet: UtpPacket, nowMs: number): Acknowledged {
    const early = packet.selective ? selected(packet.ack, packet.selective) : []
    const roundTripsMs: number[] = []
    const [bytesBefore, countBefore] = [this.#bytes, this.#packets.size]
    const remove = (seq: number, sent: SentPacket): void => {
      this.#packets.delete(seq)
      this.#bytes -= sent.payload.length
      if (sent.sendCount === 1) roundTripsMs.push(nowMs - sent.sentAtMs)
    }
    for (const [seq, sent] of this.#packets) {
      if (seqDistance(seq, packet.ack) >= 0x8000) break
      remove(seq, sent)
    }
    const isRepeated = packet.type === UtpType.state && !packet.selective && this.#packets.size === countBefore
    for (const seq of early) {
      const sent = this.#packets.get(seq)
      if (sent) remove(seq, sent)
    }
    const isLoss = isRepeated ? this.#countRepeated() : this.#findOvertaken(early)
    return { bytes: bytesBefore - this.#bytes, roundTripsMs, isAny: this.#packets.size < countBefore, isLoss }
  }

  clear(): void {
    this.#packets.clear()
    this.#bytes = 0
  }

  /** The same was acknowledged again: something came, and not the oldest. */
  #countRepeated(): boolean {
    const [oldest] = this.#packets.values()
    if (!oldest || ++oldest.repeatedAcks !== LOST_AFTER_ACKS || oldest.sendCount > 1) return false
    oldest.isLost = true
    return true
  }

  /** Packets that several later ones overtook. `early` came, in this order. */
  #findOvertaken(early: readonly number[]): boolean {
    let passed = 0
    let isLoss = false
    for (const [seq, sent] of this.#packets) {
      while (passed < early.length && seqDistance(early[passed] ?? 0, seq) < 0x8000) passed++
      if (early.length - passed < LOST_AFTER_ACKS) break
      if (sent.isLost || sent.sendCount > 1) continue
      sent.isLost = true
      isLoss = true
    }
    return isLoss
  }
}

/** The packets that a selective ack tells of. */
function selected(ack: number, bits: Uint8Array): number[] {
  const seqs: number[] = []
  for (const [index, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) seqs.push((ack + 2 + index * 8 + bit) & 0xffff)
  }
  return seqs
}
