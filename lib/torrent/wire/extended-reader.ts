import { AppError } from '../../domain/errors.ts'
import { decodeExtendedHandshake, decodeMetadataMessage, decodePex, ExtensionId } from './extension-protocol.ts'
import type { PeerSession } from './peer-session.ts'
import type { SessionEvents } from './session-events.ts'

/** BEP 10 lets a peer say again what changed: a few things, now and then. */
const MAX_HANDSHAKES = 32
/** BEP 11 lets a peer tell of others once a minute; one that does without end is not decoded. */
const PEX_GAP_MS = 10_000

/** Reads the extended messages of one peer (BEP 10). */
export class ExtendedReader {
  readonly #session: PeerSession
  readonly #events: SessionEvents
  #handshakes = 0
  #pexAtMs = Number.NEGATIVE_INFINITY

  constructor(session: PeerSession, events: SessionEvents) {
    this.#session = session
    this.#events = events
  }

  /** `id` is what we called the extension. Throws `invalid`. */
  read(id: number, payload: Buffer): void {
    const session = this.#session
    if (!session.supportsExtensions) throw new AppError('invalid', 'an extended message without the extension bit')
    if (id === ExtensionId.handshake) {
      if (++this.#handshakes > MAX_HANDSHAKES) throw new AppError('invalid', 'extended handshakes without end')
      session.extensions = decodeExtendedHandshake(payload)
      session.requestQueue = session.extensions.requestQueue
      this.#events.onExtensions(session, session.extensions)
    } else if (id === ExtensionId.metadata) {
      const message = decodeMetadataMessage(payload)
      if (message) this.#events.onMetadataMessage(session, message)
    } else if (id === ExtensionId.pex && session.lastHeardMs - this.#pexAtMs >= PEX_GAP_MS) {
      this.#pexAtMs = session.lastHeardMs
      this.#events.onPex(session, decodePex(payload))
    }
  }
}
