import type { Clock } from '../../domain/clock.ts'

const DECAY_MS = 3000

/** Bytes in all, and bytes a second as an exponential average that needs no timer. */
export class SpeedMeter {
  readonly #clock: Clock
  #totalBytes = 0
  #bytesPerMs = 0
  #atMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#atMs = clock.monotonicMs()
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  get bytesPerS(): number {
    this.#decay()
    return this.#bytesPerMs * 1000
  }

  add(bytes: number): void {
    this.#totalBytes += bytes
    this.#decay()
    this.#bytesPerMs += bytes / DECAY_MS
  }

  #decay(): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs === this.#atMs) return
    this.#bytesPerMs *= Math.exp((this.#atMs - nowMs) / DECAY_MS)
    this.#atMs = nowMs
  }
}
