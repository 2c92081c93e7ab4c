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
