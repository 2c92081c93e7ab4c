import type { Clock, Timer } from '../../domain/clock.ts'
import { type ConnectionEvents, NO_EVENTS, type PeerConnection } from './peer-connection.ts'

/** Dials one way, and after a head start another way as well; the first that stands is the connection. */
export class RacedConnection implements PeerConnection {
  readonly host: string
  readonly port: number
  readonly #headStart: Timer
  readonly #running = new Set<PeerConnection>()
  #second: (() => PeerConnection | undefined) | undefined
  #winner: PeerConnection | undefined
  #events: ConnectionEvents = NO_EVENTS

  /** When the first way fails, the second begins at once; it may turn out that there is none. */
  constructor(clock: Clock, first: PeerConnection, second: () => PeerConnection | undefined, headStartMs: number) {
    this.host = first.host
    this.port = first.port
    this.#second = second
    this.#headStart = clock.timer(() => this.#startSecond())
    this.#headStart.arm(headStartMs)
    this.#run(first)
  }

  get bufferedBytes(): number {
    return this.#winner?.bufferedBytes ?? 0
  }

  listen(events: ConnectionEvents): void {
    this.#events = events
    this.#winner?.listen(events)
  }

  write(bytes: Uint8Array): void {
    this.#winner?.write(bytes)
  }

  destroy(): void {
    this.#events = NO_EVENTS
    this.#second = undefined
    this.#headStart.dispose()
    for (const connection of this.#running) connection.destroy()
    this.#running.clear()
    this.#winner?.destroy()
  }

  #startSecond(): void {
    const second = this.#second
    this.#second = undefined
    this.#headStart.dispose()
    const connection = second?.()
    if (connection) this.#run(connection)
  }

  #run(connection: PeerConnection): void {
    this.#running.add(connection)
    connection.listen({
      onConnected: () => this.#win(connection),
      onData() {},
      onDrain() {},
      onClosed: () => this.#lose(connection),
    })
  }

  #win(connection: PeerConnection): void {
    this.#winner = connection
    this.#running.delete(connection)
    this.#second = undefined
    this.#headStart.dispose()
    for (const other of this.#running) other.destroy()
    this.#running.clear()
    connection.listen(this.#events)
    this.#events.onConnected()
  }

  #lose(connection: PeerConnection): void {
    connection.destroy()
    this.#running.delete(connection)
    this.#startSecond()
    if (this.#running.size > 0) return
    const events = this.#events
    this.destroy()
    events.onClosed()
  }
}
