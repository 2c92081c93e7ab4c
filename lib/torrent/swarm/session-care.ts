import { isAppError } from '../../domain/errors.ts'
import type { InfoHash } from '../../domain/ids.ts'
import type { PeerSession } from '../wire/peer-session.ts'
import type { SwarmEnvironment } from './swarm-options.ts'

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

/** What a peer does wrong is its own affair; what we do wrong at a peer's message is ours. */
export function reportDropped(
  { metrics, logger }: Pick<SwarmEnvironment, 'metrics' | 'logger'>,
  peer: string,
  infoHash: InfoHash,
  error: unknown,
): void {
  metrics.add('peer_errors_total')
  if (isAppError(error)) logger.debug('peer dropped', { peer, infoHash, err: error })
  else logger.warn('peer dropped by an unexpected error', { peer, infoHash, err: error })
}
