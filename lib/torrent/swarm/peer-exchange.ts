import { encodePex } from '../wire/extension-protocol.ts'
import type { PeerSession } from '../wire/peer-session.ts'

const EVERY_MS = 60_000
const MAX_CHANGED = 50
/** Of one peer in that time: more than BEP 11 lets it tell. */
const MAX_HEARD = 100

/** Peers tell each other of peers (BEP 11): what changed since each heard last, at most once a minute. */
export class PeerExchange {
  readonly #heard = new Map<PeerSession, { readonly sinceMs: number; count: number }>()
  readonly #told = new Map<PeerSession, { readonly addresses: Set<string>; atMs: number }>()

  /** As many of the peers that one peer tells of as are believed. */
  hear(session: PeerSession, addresses: readonly string[], nowMs: number): readonly string[] {
    let heard = this.#heard.get(session)
    if (!heard || nowMs - heard.sinceMs >= EVERY_MS) heard = { sinceMs: nowMs, count: 0 }
    this.#heard.set(session, heard)
    const believed = addresses.slice(0, MAX_HEARD - heard.count)
    heard.count += believed.length
    return believed
  }

  /** Never called for a private torrent (BEP 27). */
  tell(sessions: Iterable<PeerSession>, nowMs: number): void {
    const open = [...sessions].filter((session) => session.isOpen)
    // Only whom we dialled: the port of one that came in is not where it listens.
    const dialable = open.filter((session) => session.isOutgoing)
    for (const session of open) {
      const pexId = session.extensions?.pexId
      if (pexId === undefined) continue
      const told = this.#told.get(session) ?? { addresses: new Set<string>(), atMs: Number.NEGATIVE_INFINITY }
      if (nowMs - told.atMs < EVERY_MS) continue
      const current = new Set(dialable.filter((other) => other !== session).map((other) => other.address))
      const added = [...current].filter((address) => !told.addresses.has(address)).slice(0, MAX_CHANGED)
      const dropped = [...told.addresses].filter((address) => !current.has(address)).slice(0, MAX_CHANGED)
      if (added.length === 0 && dropped.length === 0) continue
      for (const address of added) told.addresses.add(address)
      for (const address of dropped) told.addresses.delete(address)
      told.atMs = nowMs
      this.#told.set(session, told)
      session.wire?.extended(pexId, encodePex(added, dropped))
    }
  }

  remove(session: PeerSession): void {
    this.#heard.delete(session)
    this.#told.delete(session)
  }
}
