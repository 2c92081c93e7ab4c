import type { MetadataMessage, PeerExtensions } from './extension-protocol.ts'
import type { PeerSession } from './peer-session.ts'
import type { Handshake } from './wire-guard.ts'

/** What happens on a session, for its swarm. A throw is the end of that session. */
export interface SessionEvents {
  /** The peer's handshake came. Throws when this peer is not wanted. */
  onOpen(session: PeerSession, handshake: Handshake): void
  onExtensions(session: PeerSession, extensions: PeerExtensions): void
  onMetadataMessage(session: PeerSession, message: MetadataMessage): void
  onPex(session: PeerSession, addresses: readonly string[]): void
  /** Its set of pieces became known. */
  onBitfield(session: PeerSession): void
  onHave(session: PeerSession, piece: number): void
  onChoke(session: PeerSession): void
  onUnchoke(session: PeerSession): void
  /** After a chunk that changed it. */
  onInterest(session: PeerSession): void
  onRequest(session: PeerSession, piece: number, offsetBytes: number, lengthBytes: number): void
  onCancel(session: PeerSession, piece: number, offsetBytes: number, lengthBytes: number): void
  /** BEP 6: a request, or a cancelled one, that is not answered. */
  onReject(session: PeerSession, piece: number, offsetBytes: number, lengthBytes: number): void
  onBlock(session: PeerSession, piece: number, offsetBytes: number, data: Buffer): void
  /** All messages of one read from the connection were handled. */
  onChunkEnd(session: PeerSession): void
  /** The connection takes more again. */
  onDrain(session: PeerSession): void
  /** Once. `error` is what the peer did wrong, if anything. */
  onClosed(session: PeerSession, error: unknown): void
}
