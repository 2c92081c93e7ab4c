import { type AppError, toAppError } from '../domain/errors.ts'
import type { CliServices } from './cli-services.ts'
import { type Column, tableLines } from './table.ts'
import { printable } from './text-width.ts'

const DEFAULT_COLUMNS = 80

/** What commands print: results on stdout, everything else on stderr. */
export class Output {
  readonly isJson: boolean
  readonly #services: Pick<CliServices, 'stdout' | 'stderr' | 'isTerminal'>

  constructor(services: Pick<CliServices, 'stdout' | 'stderr' | 'isTerminal'>, isJson: boolean) {
    this.#services = services
    this.isJson = isJson
  }

  line(text = ''): void {
    this.#services.stdout.write(`${text}\n`)
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value, null, 2))
  }

  table<R>(columns: readonly Column<NoInfer<R>>[], rows: readonly R[]): void {
    const { stdout, isTerminal } = this.#services
    const maxWidth = isTerminal ? (stdout.columns ?? DEFAULT_COLUMNS) : undefined
    for (const line of tableLines(columns, rows, maxWidth)) this.line(line)
  }

  /** One line on stderr. */
  error(error: unknown, subject?: string): AppError {
    const known = toAppError(error)
    const about = subject === undefined ? '' : `${subject}: `
    this.#services.stderr.write(`momoshtrem: ${printable(about + known.message)}\n`)
    return known
  }
}
