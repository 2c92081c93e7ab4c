import type { PeerRequests } from './peer-requests.ts'
import { URGENT, type WindowPlan } from './window-plan.ts'

/** What decides whether a piece of the plan has a block to ask for. */
export interface PlanWork {
  /** Nobody can be asked anything of this piece. */
  isTaken(piece: number): boolean
  hasWorkFor(requests: PeerRequests, piece: number, nowMs: number): boolean
}

/**
 * Where each peer stands in the plan. Cursors only move on, past what has nothing for their peer, and the two heads move
 * on for all past what is taken; a piece that becomes free moves them back to it. So a walk begins where the last one
 * ended, and a block costs no search.
 */
export class PlanWalk {
  readonly #plan: WindowPlan
  readonly #work: PlanWork
  #frontHead = 0
  #idleHead = 0
  #idleSeen: Int32Array | undefined
  /** The first places that became free since the cursors were last moved back. */
  #freedFront = Number.POSITIVE_INFINITY
  #freedIdle = Number.POSITIVE_INFINITY

  constructor(plan: WindowPlan, work: PlanWork) {
    this.#plan = plan
    this.#work = work
  }

  /** Whether some urgent piece is not taken yet. */
  get hasUrgent(): boolean {
    this.#moveHeads()
    return this.#plan.rankOf(this.#plan.front[this.#frontHead] ?? -1) === URGENT
  }

  /** The plan was built anew. An idle order that stayed the same keeps its places. */
  onBuilt(peers: Iterable<PeerRequests>): void {
    const isIdleNew = this.#plan.idle !== this.#idleSeen
    this.#idleSeen = this.#plan.idle
    this.#frontHead = 0
    if (isIdleNew) this.#idleHead = 0
    this.#freedFront = Number.POSITIVE_INFINITY
    if (isIdleNew) this.#freedIdle = Number.POSITIVE_INFINITY
    for (const requests of peers) {
      requests.frontCursor = 0
      if (isIdleNew) requests.idleCursor = 0
    }
  }

  /** The peer can be asked other things than before. */
  restart(requests: PeerRequests): void {
    requests.frontCursor = 0
    requests.idleCursor = 0
  }

  /** The piece may have a block for this peer again. */
  rewind(requests: PeerRequests, piece: number): void {
    const front = this.#plan.frontIndex(piece)
    const idle = this.#plan.idleIndex(piece)
    if (front >= 0 && front < requests.frontCursor) requests.frontCursor = front
    if (idle >= 0 && idle < requests.idleCursor) requests.idleCursor = idle
  }

  /** The piece has free blocks again, which walks see from the next `rewindFreed` on: a seek frees many at once. */
  free(piece: number): void {
    const front = this.#plan.frontIndex(piece)
    const idle = this.#plan.idleIndex(piece)
    if (front >= 0) this.#freedFront = Math.min(this.#freedFront, front)
    if (idle >= 0) this.#freedIdle = Math.min(this.#freedIdle, idle)
  }

  rewindFreed(peers: Iterable<PeerRequests>): void {
    const [front, idle] = [this.#freedFront, this.#freedIdle]
    if (front === Number.POSITIVE_INFINITY && idle === Number.POSITIVE_INFINITY) return
    this.#freedFront = Number.POSITIVE_INFINITY
    this.#freedIdle = Number.POSITIVE_INFINITY
    this.#frontHead = Math.min(this.#frontHead, front)
    this.#idleHead = Math.min(this.#idleHead, idle)
    for (const requests of peers) {
      requests.frontCursor = Math.min(requests.frontCursor, front)
      requests.idleCursor = Math.min(requests.idleCursor, idle)
    }
  }

  /** The first piece of the plan that has a block for this peer, or -1; and what is left of the steps. */
  next(requests: PeerRequests, maxSteps: number, nowMs: number): { readonly piece: number; readonly steps: number } {
    this.#moveHeads()
    const { front, idle } = this.#plan
    requests.frontCursor = Math.max(requests.frontCursor, this.#frontHead)
    requests.idleCursor = Math.max(requests.idleCursor, this.#idleHead)
    let steps = maxSteps
    for (; requests.frontCursor < front.length && steps > 0; requests.frontCursor++, steps--) {
      const piece = front[requests.frontCursor] ?? 0
      if (this.#work.hasWorkFor(requests, piece, nowMs)) return { piece, steps }
    }
    for (; requests.idleCursor < idle.length && steps > 0; requests.idleCursor++, steps--) {
      const piece = idle[requests.idleCursor] ?? 0
      if (this.#work.hasWorkFor(requests, piece, nowMs)) return { piece, steps }
    }
    return { piece: -1, steps }
  }

  #moveHeads(): void {
    const { front, idle } = this.#plan
    while (this.#frontHead < front.length && this.#work.isTaken(front[this.#frontHead] ?? 0)) this.#frontHead++
    while (this.#idleHead < idle.length && this.#work.isTaken(idle[this.#idleHead] ?? 0)) this.#idleHead++
  }
}
