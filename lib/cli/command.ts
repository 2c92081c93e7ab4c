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

/** To the parser itself an empty text is 0. */
export function toNumber(text: string | number): number {
  if (/^-?\d+(?:\.\d+)?$/.test(String(text))) return Number(text)
  throw new Error(`Not a number: "${text}".`)
}

/** Of an option that is followed by a number. */
export const NUMBER = { requiresArg: true, coerce: toNumber } as const
/** The same several times, or of several numbers. */
export const NUMBERS = {
  array: true,
  requiresArg: true,
  coerce: (texts: readonly (string | number)[]): number[] => texts.map(toNumber),
} as const
/** Of an option that is followed by a text. */
export const TEXT = { type: 'string', requiresArg: true } as const

/** The parser, as groups of commands add to it. */
export type Parser = Argv<GlobalOptions>

/** Makes a command ask for one of its own. */
export const needOne = (parser: Parser): Parser =>
  parser.demandCommand(1, 1, 'One of its commands is needed.', 'Only one command is possible.')
