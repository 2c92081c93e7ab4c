import { type ConnectionEvents, NO_EVENTS, type PeerConnection } from './peer-connection.ts'

/** What a peer that says nothing is told at most: our handshake. */
const MAX_SAID_BYTES = 1024

/**
 * Dials again another way when the peer hangs up without a word: so ends a plain handshake with a peer that wants it
 * encrypted. What was written is said again; who uses the connection sees one that took a little longer.
 */
export class RetriedConnection implements PeerConnection {
  readonly #onAnswer: (wasRetried: boolean) => void
  readonly #said: Uint8Array[] = []
  #saidBytes = 0
  #again: (() => PeerConnection) | undefined
  #current: PeerConnection
  #events: ConnectionEvents = NO_EVENTS
  #wasConnected = false
  #wasRetried = false
  #isAnswered = false

  /** `onAnswer` is told which way it was that the peer answered. */
  constructor(
    first: PeerConnection,
    again: (() => PeerConnection) | undefined,
    onAnswer: (wasRetried: boolean) => void,
  ) {
    this.#current = first
    this.#again = again
    this.#onAnswer = onAnswer
    this.#watch(first)
  }

  get host(): string {
    return this.#current.host
  }

  get port(): number {
    return this.#current.port
  }

  get bufferedBytes(): number {
    return this.#current.bufferedBytes
  }

  listen(events: ConnectionEvents): void {
    this.#events = events
    if (this.#isAnswered) this.#current.listen(events)
  }

  write(bytes: Uint8Array): void {
    if (this.#again) {
      this.#said.push(bytes)
      this.#saidBytes += bytes.length
      if (this.#saidBytes > MAX_SAID_BYTES) this.#settle()
    }
    this.#current.write(bytes)
  }

  destroy(): void {
    this.#events = NO_EVENTS
    this.#settle()
    this.#current.destroy()
  }

  /** There is no other way any more. */
  #settle(): void {
    this.#again = undefined
    this.#said.length = 0
  }

  #watch(connection: PeerConnection): void {
    connection.listen({
      onConnected: () => this.#connected(),
      onData: (chunk) => {
        this.#isAnswered = true
        this.#settle()
        this.#onAnswer(this.#wasRetried)
        connection.listen(this.#events)
        this.#events.onData(chunk)
      },
      onDrain: () => this.#events.onDrain(),
      onClosed: () => this.#closed(),
    })
  }

  #connected(): void {
    if (!this.#wasConnected) {
      this.#wasConnected = true
      this.#events.onConnected()
      return
    }
    for (const bytes of this.#said) this.#current.write(bytes)
    this.#said.length = 0
  }

  #closed(): void {
    const again = this.#again
    // One that cannot be reached at all is not reached another way either.
    if (!again || !this.#wasConnected) {
      const events = this.#events
      this.destroy()
      events.onClosed()
      return
    }
    this.#again = undefined
    this.#wasRetried = true
    this.#current.destroy()
    this.#current = again()
    this.#watch(this.#current)
  }
}
