import type { PeerSession } from '../wire/peer-session.ts'

/** The connections of one torrent, those that are being made among them. */
export class PeerSessions extends Set<PeerSession> {
  /** Those whose peer has answered. */
  get open(): number {
    let open = 0
    for (const session of this) if (session.isOpen) open++
    return open
  }

  /** Those that we dialled, and whose peer has not answered. */
  get dialing(): number {
    let dialing = 0
    for (const session of this) if (session.isOutgoing && !session.isOpen) dialing++
    return dialing
  }

  /** Those of the open ones that have every piece. */
  get seeders(): number {
    let seeders = 0
    for (const session of this) if (session.isOpen && session.isSeeder) seeders++
    return seeders
  }

  /** Payload that they gave us. */
  get givenBytes(): number {
    let bytes = 0
    for (const session of this) bytes += session.receivedBytes
    return bytes
  }

  /** Another connection to the same peer, which stands. */
  isTwin(session: PeerSession): boolean {
    for (const other of this) {
      if (other !== session && other.isOpen && other.peerId === session.peerId) return true
    }
    return false
  }

  /** Tells those that lack the piece that we have it. */
  announce(piece: number): void {
    for (const session of this) {
      if (session.isOpen && !session.isSeeder && !session.has(piece)) session.wire?.have(piece)
    }
  }

  /** Tells everybody who has any piece. */
  showInterest(): void {
    for (const session of this) if (session.hasAnyPiece) session.showInterest()
  }

  /** Whom to miss least: one that is still being dialled, else the one that gave us least. */
  get leastUseful(): PeerSession | undefined {
    let least: PeerSession | undefined
    const worth = (session: PeerSession) => (session.isOpen ? session.receivedBytes : -1)
    for (const session of this) if (!least || worth(session) < worth(least)) least = session
    return least
  }

  closeHost(host: string): void {
    for (const session of [...this]) if (session.host === host) session.close()
  }

  closeAll(): void {
    for (const session of [...this]) session.close()
  }
}
