import { randomUUID } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import { encodePath } from './resource.ts'
import { escapeXml } from './xml.ts'

export interface Lock {
  readonly token: string
  /** The lock's root. */
  readonly segments: readonly string[]
  readonly isExclusive: boolean
  readonly depth: '0' | 'infinity'
  /** Content of the owner element, as the client gave it. */
  readonly ownerXml: string
  readonly timeoutS: number
  readonly untilMs: number
}

export interface NewLock {
  readonly segments: readonly string[]
  readonly isExclusive: boolean
  readonly depth: '0' | 'infinity'
  readonly ownerXml: string
  /** Undefined lets the server choose. */
  readonly timeoutS: number | undefined
}

/** Which locks a write has to hold the token of (RFC 4918 section 7). */
export interface WriteScope {
  readonly segments: readonly string[]
  /** The write adds or removes the resource: a lock on its parent counts. */
  readonly changesMembership: boolean
  /** The write reaches everything below as well. */
  readonly isRecursive: boolean
}

const MAX_LOCKS = 1000
const DEFAULT_TIMEOUT_S = 600
const MAX_TIMEOUT_S = 3600

export const SUPPORTED_LOCK = ['exclusive', 'shared']
  .map(
    (scope) => `<D:lockentry><D:lockscope><D:${scope}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>`,
  )
  .join('')

const keyOf = (segments: readonly string[]): string => segments.join('/')

/** Write locks (RFC 4918 sections 6 and 7). An expired lock goes when the table is next read; no timer runs. */
export class LockTable {
  readonly #clock: Clock
  readonly #locks = new Map<string, Lock>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    this.#expire()
    return this.#locks.size
  }

  /** The new lock, or the locks that stand against it; an empty list of them when the table is full. */
  create(wanted: NewLock): Lock | readonly Lock[] {
    const against = [
      ...this.covering(wanted.segments),
      ...(wanted.depth === 'infinity' ? this.#below(wanted.segments) : []),
    ]
    const conflicts = wanted.isExclusive ? against : against.filter((lock) => lock.isExclusive)
    if (conflicts.length > 0 || this.#locks.size >= MAX_LOCKS) return conflicts
    const lock = this.#timed({ ...wanted, token: `opaquelocktoken:${randomUUID()}` }, wanted.timeoutS)
    this.#locks.set(lock.token, lock)
    return lock
  }

  /** Starts the time of those of `tokens` that cover the resource anew. Returns the last of them, if any. */
  refresh(segments: readonly string[], tokens: ReadonlySet<string>, timeoutS: number | undefined): Lock | undefined {
    let refreshed: Lock | undefined
    for (const lock of this.covering(segments)) {
      if (!tokens.has(lock.token)) continue
      refreshed = this.#timed(lock, timeoutS)
      this.#locks.set(lock.token, refreshed)
    }
    return refreshed
  }

  /** False when no lock of this token covers the resource. */
  remove(segments: readonly string[], token: string): boolean {
    return this.covering(segments).some((lock) => lock.token === token) && this.#locks.delete(token)
  }

  /** Those that hold for the resource: its own, and deep ones above it. */
  covering(segments: readonly string[]): readonly Lock[] {
    this.#expire()
    if (this.#locks.size === 0) return []
    const key = `${keyOf(segments)}/`
    return [...this.#locks.values()].filter((lock) => {
      const root = `${keyOf(lock.segments)}/`
      return root === key || (lock.depth === 'infinity' && key.startsWith(root))
    })
  }

  /** The roots of locks that forbid the write to someone who has only `tokens`. */
  blocking(scope: WriteScope, tokens: ReadonlySet<string>): readonly Lock[] {
    const { segments } = scope
    const groups = [this.covering(segments)]
    if (scope.changesMembership) groups.push(this.covering(segments.slice(0, -1)))
    if (scope.isRecursive) {
      const below = this.#below(segments)
      const roots = new Set(below.map((lock) => keyOf(lock.segments)))
      for (const root of roots) groups.push(below.filter((lock) => keyOf(lock.segments) === root))
    }
    // Shared locks of one resource: holding any of them is enough (section 6.1).
    return groups.flatMap((locks) => (locks.some((lock) => tokens.has(lock.token)) ? [] : locks))
  }

  /** The resource is gone: its locks and those below it go with it. */
  forget(segments: readonly string[]): void {
    const key = `${keyOf(segments)}/`
    for (const lock of this.#locks.values()) {
      if (`${keyOf(lock.segments)}/`.startsWith(key)) this.#locks.delete(lock.token)
    }
  }

  /** The content of `lockdiscovery` (RFC 4918 section 15.8). */
  discovery(segments: readonly string[]): string {
    return this.covering(segments).map(activeLock).join('')
  }

  #below(segments: readonly string[]): readonly Lock[] {
    this.#expire()
    const key = `${keyOf(segments)}/`
    return [...this.#locks.values()].filter(
      (lock) => lock.segments.length > segments.length && `${keyOf(lock.segments)}/`.startsWith(key),
    )
  }

  #timed(lock: Omit<Lock, 'timeoutS' | 'untilMs'>, timeoutS = DEFAULT_TIMEOUT_S): Lock {
    const grantedS = Math.max(1, Math.min(timeoutS, MAX_TIMEOUT_S))
    return { ...lock, timeoutS: grantedS, untilMs: this.#clock.monotonicMs() + grantedS * 1000 }
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const lock of this.#locks.values()) if (lock.untilMs <= nowMs) this.#locks.delete(lock.token)
  }
}

function activeLock(lock: Lock): string {
  const owner = lock.ownerXml === '' ? '' : `<D:owner>${lock.ownerXml}</D:owner>`
  return (
    '<D:activelock><D:locktype><D:write/></D:locktype>' +
    `<D:lockscope><D:${lock.isExclusive ? 'exclusive' : 'shared'}/></D:lockscope><D:depth>${lock.depth}</D:depth>${owner}` +
    `<D:timeout>Second-${lock.timeoutS}</D:timeout><D:locktoken><D:href>${lock.token}</D:href></D:locktoken>` +
    `<D:lockroot><D:href>${escapeXml(encodePath(lock.segments))}</D:href></D:lockroot></D:activelock>`
  )
}
