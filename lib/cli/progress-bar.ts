import { SingleBar } from 'cli-progress'
import type { CliServices } from './cli-services.ts'
import { cutText, printable } from './text-width.ts'

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const FRAME_MS = 100
const BAR_CHARS = 20
const LABEL_CHARS = 40

interface Payload {
  readonly label?: string
}

/**
 * How far long work is: a line on the terminal that goes when it ends, nothing elsewhere. Until a total is known it shows
 * that something happens, and for how long.
 */
export class ProgressBar {
  readonly #bar: SingleBar | undefined
  #total: number | undefined

  /** @param verb what is done: `Adding` */
  constructor({ stderr, isTerminal }: Pick<CliServices, 'stderr' | 'isTerminal'>, verb: string, total?: number) {
    if (!isTerminal || total === 0) return
    this.#total = total
    this.#bar = new SingleBar({
      stream: stderr,
      format: ({ barsize = BAR_CHARS }, { value, total: all, startTime }, { label = '' }: Payload) => {
        const elapsedMs = Date.now() - startTime
        const done = Math.round(barsize * Math.min(1, value / all))
        const shown =
          this.#total === undefined
            ? (SPINNER[Math.floor(elapsedMs / FRAME_MS) % SPINNER.length] ?? '')
            : `${'█'.repeat(done)}${'░'.repeat(barsize - done)} ${countOf(value, all)}`
        return `${verb} ${shown}  ${Math.floor(elapsedMs / 1000)}s  ${label}`
      },
      barsize: BAR_CHARS,
      clearOnComplete: true,
      forceRedraw: true,
      gracefulExit: false,
    })
    this.#bar.start(total ?? 1, 0, {})
  }

  /** Whether a person sees it. */
  get isShown(): boolean {
    return this.#bar !== undefined
  }

  label(text: string): void {
    this.#bar?.update({ label: cutText(printable(text), LABEL_CHARS) })
  }

  /** Of the total, which may become known, or another, on the way. */
  done(value: number, total?: number): void {
    if (total !== undefined && total !== this.#total) {
      this.#total = total
      this.#bar?.setTotal(total)
    }
    this.#bar?.update(value)
  }

  /** Idempotent. */
  close(): void {
    this.#bar?.stop()
  }
}

/** Counts as they are, bytes as their share. */
const countOf = (value: number, total: number): string =>
  total <= 10_000 ? `${value}/${total}` : `${Math.floor((100 * value) / total)} %`
