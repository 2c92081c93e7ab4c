import type { Clock } from '../../domain/clock.ts'
import type { InfoHash } from '../../domain/ids.ts'
import { PROTOCOL_NAME } from '../wire/wire-messages.ts'
import type { MseConnection } from './mse-connection.ts'
import type { PeerConnection } from './peer-connection.ts'
import type { AcceptPeer } from './transport.ts'

/** Protocol name, reserved bytes and info-hash: enough to tell whose the connection is (BEP 3). */
const HEAD_BYTES = 48
const HEAD_TIMEOUT_MS = 10_000
/** Connections that have not said yet which torrent they are for. */
const MAX_UNKNOWN = 100

export interface GreeterOptions {
  readonly clock: Clock
  readonly accept: AcceptPeer
  /** Whether a handshake in the clear is answered. */
  readonly takesPlain: boolean
  /** The encryption of a connection that begins otherwise; left out, such ones are closed. */
  decipher?(connection: PeerConnection): MseConnection
}

/** Meets connections that come in: reads no more than the info-hash, then hands each to its torrent. */
export class Greeter {
  readonly #options: GreeterOptions
  readonly #unknown = new Map<PeerConnection, () => void>()

  constructor(options: GreeterOptions) {
    this.#options = options
  }

  greet(connection: PeerConnection): void {
    if (this.#unknown.size >= MAX_UNKNOWN) {
      connection.destroy()
      return
    }
    const deadline = this.#options.clock.after(HEAD_TIMEOUT_MS, () => end(false))
    const end = (isTaken: boolean) => {
      deadline.dispose()
      this.#unknown.delete(connection)
      if (!isTaken) connection.destroy()
    }
    this.#unknown.set(connection, () => end(false))
    this.#read(connection, true, end)
  }

  /** Ends those that have not said for whom they come. */
  close(): void {
    for (const end of [...this.#unknown.values()]) end()
  }

  #read(connection: PeerConnection, isOuter: boolean, end: (isTaken: boolean) => void): void {
    const { accept, decipher, takesPlain } = this.#options
    let head: Buffer = Buffer.alloc(0)
    connection.listen({
      onConnected() {},
      onDrain() {},
      onClosed: () => end(false),
      onData: (chunk) => {
        // The chunk is lent for this call, and what is read here is read on later.
        head = Buffer.concat([head, chunk])
        const isPeer = beginsAsPeer(head)
        if (!isPeer && isOuter && decipher) {
          const deciphered = decipher(connection)
          this.#read(deciphered, false, end)
          deciphered.begin(head)
          return
        }
        if (!isPeer || (isOuter && !takesPlain)) {
          end(false)
          return
        }
        if (head.length < HEAD_BYTES) return
        const infoHash = head.subarray(28, HEAD_BYTES).toString('hex') as InfoHash
        end(accept(infoHash, connection, head))
      },
    })
  }
}

function beginsAsPeer(head: Buffer): boolean {
  return head[0] === PROTOCOL_NAME.length && PROTOCOL_NAME.startsWith(head.subarray(1, 20).toString('latin1'))
}
