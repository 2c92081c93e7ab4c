import type { Argv } from 'yargs'
import type { CliClient } from './cli-client.ts'
import type { CliServices } from './cli-services.ts'
import type { Output } from './output.ts'

export interface GlobalOptions {
  readonly json: boolean
  readonly 'api-url': string | undefined
  readonly token: string | undefined
}

/** What a command runs with. */
export interface CommandContext {
  readonly output: Output
  readonly services: CliServices
  readonly signal: AbortSignal | undefined
  /** Connects to the service. */
  client(): CliClient
}

/** Binds a chosen command to its arguments; resolves with the exit code. */
export type Choose = (args: GlobalOptions, run: (context: CommandContext) => Promise<number> | number) => void

/** The parser, as groups of commands add to it. */
export type Parser = Argv<GlobalOptions>

/** Makes a command ask for one of its own. */
export const needOne = (parser: Parser): Parser =>
  parser.demandCommand(1, 1, 'One of its commands is needed.', 'Only one command is possible.')
