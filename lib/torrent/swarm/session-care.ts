import type { PeerSession } from '../wire/peer-session.ts'

const SILENT_MS = 150_000
const KEEP_ALIVE_MS = 90_000

/** From time to time: lets go of peers that are silent, and tells the others that we are there (BEP 3). */
export function careFor(sessions: Iterable<PeerSession>, nowMs: number): void {
  for (const session of [...sessions]) {
    if (!session.isOpen) continue
    session.forgive()
    if (nowMs - session.lastHeardMs > SILENT_MS) session.close()
    else if (nowMs - session.lastSentMs > KEEP_ALIVE_MS) {
      session.lastSentMs = nowMs
      session.wire?.keepAlive()
    }
  }
}

/** Whom to miss least: one that is still being dialled, else the one that gave us least. */
export function leastUseful(sessions: Iterable<PeerSession>): PeerSession | undefined {
  let least: PeerSession | undefined
  const worth = (session: PeerSession) => (session.isOpen ? session.receivedBytes : -1)
  for (const session of sessions) if (!least || worth(session) < worth(least)) least = session
  return least
}
