import type { DoctorCheck } from '../domain/doctor.ts'
import type { Identifier } from '../domain/identify.ts'
import type { CliClient } from './cli-client.ts'

export interface ConnectOptions {
  /** Undefined: as the settings say. */
  readonly apiUrl?: string
  readonly token?: string
}

/** A stream to write to, and its width when it is a terminal. */
export type CliStream = NodeJS.WritableStream & { readonly columns?: number }

/** A stream to read from; a terminal can stop showing what is typed. */
export type CliInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean
  setRawMode?(isRaw: boolean): unknown
}

export interface CliServices {
  readonly version: string
  /** Runs the service until it was told to stop. */
  serve(): Promise<void>
  /** Brings the database up to date; throws when it cannot. */
  migrate(): Promise<void> | void
  connect(options: ConnectOptions): CliClient
  /** Of the drive that the settings start, with `/` at its end. */
  driveUrl?(): string
  /** Where the API is, without `/` at its end. */
  apiUrl?(): string
  /** What stands behind the name in a users file. */
  hashPassword?(password: string): Promise<string>
  readonly identifier: Pick<Identifier, 'identifyName'>
  doctorChecks(): Promise<readonly DoctorCheck[]>
  readonly stdin?: CliInput
  readonly stdout: CliStream
  readonly stderr: CliStream
  /** Whether a person watches: progress bars, and tables cut to the width of the terminal. */
  readonly isTerminal: boolean
  /** Ends a running command. */
  readonly signal?: AbortSignal
}
