import { delay } from '../domain/abort.ts'
import type { Clock, Timer } from '../domain/clock.ts'
import type { ReadPressure } from '../domain/content.ts'
import { type Disposable, Listeners } from '../domain/disposable.ts'

/** How long no reader must have waited. */
const QUIET_MS = 2000

/** Open while no reader waits for bytes, and none did a moment ago. */
export class QuietGate {
  readonly #pressure: ReadPressure
  readonly #clock: Clock
  readonly #quiet: Timer
  readonly #changed = new Listeners<void>()
  readonly #listening: Disposable
  #isOpen: boolean

  constructor(pressure: ReadPressure, clock: Clock) {
    this.#pressure = pressure
    this.#clock = clock
    this.#isOpen = !pressure.isReaderWaiting
    this.#quiet = clock.timer(() => this.#set(true))
    this.#listening = pressure.onReaderWaiting(() => this.#onPressure())
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  onChanged(listener: () => void): Disposable {
    return this.#changed.add(listener)
  }

  /** Resolves when it is open. Rejects with the signal's reason. */
  async whenOpen(signal: AbortSignal): Promise<void> {
    while (!this.#isOpen) await delay(this.#clock, QUIET_MS, signal)
  }

  close(): void {
    this.#listening.dispose()
    this.#quiet.dispose()
  }

  #onPressure(): void {
    if (this.#pressure.isReaderWaiting) {
      this.#quiet.disarm()
      this.#set(false)
    } else this.#quiet.arm(QUIET_MS)
  }

  #set(isOpen: boolean): void {
    if (this.#isOpen === isOpen) return
    this.#isOpen = isOpen
    this.#changed.emit()
  }
}
