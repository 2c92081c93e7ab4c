import type { Disposable } from '../../domain/disposable.ts'
import type { PeerSessions } from './peer-sessions.ts'
import type { SwarmEnvironment } from './swarm-options.ts'

/** The places for connections that one torrent has of those of all torrents. */
export class SwarmPlaces {
  readonly #environment: Pick<SwarmEnvironment, 'connections' | 'maxConnections'>
  readonly #sessions: PeerSessions
  readonly #joined: Disposable

  constructor(environment: Pick<SwarmEnvironment, 'connections' | 'maxConnections'>, sessions: PeerSessions) {
    this.#environment = environment
    this.#sessions = sessions
    this.#joined = environment.connections.join(() => this.#giveUpOne())
  }

  /** Takes one for a connection that came in; false when there is none. */
  take(): boolean {
    const { connections, maxConnections } = this.#environment
    return this.#sessions.size < maxConnections && connections.reserve(1)
  }

  /** A connection ended. */
  release(): void {
    this.#environment.connections.release(1)
  }

  /** Takes no part in the sharing any more. Idempotent. */
  dispose(): void {
    this.#joined.dispose()
  }

  /** Another torrent has less than its share of the connections: one of ours beyond our own makes way. */
  #giveUpOne(): boolean {
    if (this.#sessions.size <= this.#environment.connections.share) return false
    const least = this.#sessions.leastUseful
    least?.close()
    return least !== undefined
  }
}
