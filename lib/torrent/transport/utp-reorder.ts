import { nextSeq, seqDistance } from './utp-packet.ts'

const WINDOW_BYTES = 1024 * 1024
/** How far ahead of the first missing packet one is kept. */
const MAX_AHEAD = 1024

interface Arrived {
  readonly payload: Buffer
  /** The last of the stream, without bytes. */
  readonly isEnd: boolean
}

/** Puts packets in order: hands on at once what is next, keeps what came early within a bounded window. */
export class UtpReorder {
  readonly #early = new Map<number, Arrived>()
  #earlyBytes = 0
  #ack: number

  /** `ack` is the last number that came. */
  constructor(ack: number) {
    this.#ack = ack
  }

  /** The last packet of those that came without a gap. */
  get ack(): number {
    return this.#ack
  }

  /** What may still be sent to us: who uses the connection takes bytes at once, so only early ones are held. */
  get windowBytes(): number {
    return WINDOW_BYTES - this.#earlyBytes
  }

  get isInOrder(): boolean {
    return this.#early.size === 0
  }

  /** `seq` is the first that will come. */
  begin(seq: number): void {
    this.#ack = (seq - 1) & 0xffff
  }

  /** Takes a packet, new or not. Yields what is in order now. */
  *take(seq: number, payload: Buffer, isEnd: boolean): Generator<Arrived> {
    const ahead = seqDistance(nextSeq(this.#ack), seq)
    if (ahead > MAX_AHEAD || this.#early.has(seq)) return
    if (ahead > 0) {
      if (this.#earlyBytes + payload.length > WINDOW_BYTES) return
      this.#early.set(seq, { payload, isEnd })
      this.#earlyBytes += payload.length
      return
    }
    let next: Arrived | undefined = { payload, isEnd }
    while (next) {
      this.#ack = nextSeq(this.#ack)
      yield next
      next = this.#early.get(nextSeq(this.#ack))
      if (!next) return
      this.#early.delete(nextSeq(this.#ack))
      this.#earlyBytes -= next.payload.length
    }
  }

  /** The early packets as a selective ack: the first bit is of `ack + 2`. Undefined when there are none. */
  selective(): Uint8Array | undefined {
    if (this.#early.size === 0) return undefined
    let last = 0
    for (const seq of this.#early.keys()) last = Math.max(last, seqDistance(this.#ack, seq) - 2)
    const bits = new Uint8Array(Math.min(128, Math.ceil((last + 1) / 32) * 4))
    for (const seq of this.#early.keys()) {
      const bit = seqDistance(this.#ack, seq) - 2
      if (bit >= 0 && bit < bits.length * 8) bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7))
    }
    return bits
  }
}
