import type { ReadProgress } from '../domain/watching.ts'

/** A pause of a socket's buffer between one reader's end and the next one's beginning. */
const SAME_PLACE_BYTES = 8 * 1024 * 1024
/** Read on in order for so long, or so much of the film at its own pace, is watched. */
const WATCHED_MS = 3 * 60_000
const WATCHED_SHARE = 0.02
/** A share counts only when it took this long: two percent of a short film are read at once. */
const LEAST_WATCHED_MS = 20_000
/** Faster than this many times its own pace a film is copied, not watched. */
const COPY_SPEED = 3
/** Without a length, what no film needs a second. */
const COPY_BYTES_PER_S = 15_000_000
/** A player fills its buffers first, faster than it plays; within the first minutes that is told from a copy when it is little. */
const BUFFER_BYTES = 160 * 1024 * 1024
const BUFFER_SHARE = 0.25
const FIRST_BUFFER_BYTES = 32 * 1024 * 1024

/**
 * One file as it is read now: tells watching from scanning (the head, the tail, then gone) and from copying (all of it as
 * fast as it comes). Readers that go on where another left are one viewing, for as long as a film may be paused.
 */
export class Viewing {
  /** A viewer was told of. */
  isWatched = false
  /** What comes next was told of. */
  isNextWarm = false
  /** Of the last progress; monotonic. */
  lastMs: number
  /** Where the run began, and when. */
  #startBytes: number
  #startMs: number
  #endBytes: number

  constructor(progress: ReadProgress, nowMs: number) {
    this.lastMs = nowMs
    this.#startMs = nowMs
    this.#startBytes = progress.positionBytes - progress.sequentialBytes
    this.#endBytes = progress.positionBytes
  }

  /** Takes in what a reader tells; returns whether the position is a viewer's. */
  update(progress: ReadProgress, nowMs: number): boolean {
    const { positionBytes, sequentialBytes } = progress
    const runStart = positionBytes - sequentialBytes
    this.lastMs = nowMs
    const goesOn = runStart <= this.#endBytes + SAME_PLACE_BYTES && positionBytes >= this.#endBytes - SAME_PLACE_BYTES
    if (goesOn) {
      this.#endBytes = Math.max(this.#endBytes, positionBytes)
    } else {
      // Elsewhere: a seek of the same viewer counts once it is read on, a look at the tail never does.
      this.#startBytes = runStart
      this.#startMs = nowMs
      this.#endBytes = positionBytes
    }
    const isWatching = this.#isWatching(progress, nowMs)
    this.isWatched ||= isWatching
    return isWatching
  }

  #isWatching({ sizeBytes, durationSeconds }: ReadProgress, nowMs: number): boolean {
    const tookMs = nowMs - this.#startMs
    const readBytes = this.#endBytes - this.#startBytes
    const isLong = tookMs >= WATCHED_MS || (tookMs >= LEAST_WATCHED_MS && readBytes >= sizeBytes * WATCHED_SHARE)
    if (!isLong || readBytes <= 0) return false
    const pace = durationSeconds ? (sizeBytes / durationSeconds) * COPY_SPEED : COPY_BYTES_PER_S
    const bufferBytes = Math.min(tookMs >= WATCHED_MS ? BUFFER_BYTES : FIRST_BUFFER_BYTES, sizeBytes * BUFFER_SHARE)
    return readBytes - bufferBytes <= (pace * tookMs) / 1000
  }
}
