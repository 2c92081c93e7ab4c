import type { DoctorCheck } from '../domain/doctor.ts'
import type { Identifier } from '../domain/identify.ts'

// The answers of REST as far as the commands show them.

export interface AddedTorrent {
  readonly info_hash: string
  readonly name: string
  readonly movies: readonly TitledItem[]
  readonly shows: readonly TitledItem[]
  readonly matched: readonly {
    readonly movie_id: number | null
    readonly show_id: number | null
    readonly season: number | null
    readonly episode: number | null
    readonly file_path: string
    readonly file_size: number
    readonly resolution: string | null
  }[]
  readonly unmatched: readonly { readonly file_path: string; readonly reason: string }[]
}

export interface TitledItem {
  readonly id: number
  readonly title: string
  readonly year: number | null
}

export interface ListedMovie extends TitledItem {
  readonly assignments: readonly { readonly resolution: string | null; readonly is_active: boolean }[]
}

export interface ListedShow extends TitledItem {
  readonly season_count: number
  readonly episode_count: number
  readonly assigned_count: number
}

export interface ListedTorrent {
  readonly info_hash: string
  readonly name: string
  readonly state: string
  readonly size: number
  readonly progress: number
  readonly peers: number
  readonly download_speed: number
  readonly upload_speed: number
}

interface PageOptions {
  readonly limit: number
  readonly offset: number
  readonly query?: string
}

/** A running service. Every call fails with an AppError that says what went wrong in words for a person. */
export interface CliClient {
  addTorrent(
    input: { readonly magnetUri: string } | { readonly metadata: Uint8Array },
    signal?: AbortSignal,
  ): Promise<AddedTorrent>
  movies(page: PageOptions, signal?: AbortSignal): Promise<{ movies: readonly ListedMovie[]; total: number }>
  shows(page: PageOptions, signal?: AbortSignal): Promise<{ shows: readonly ListedShow[]; total: number }>
  torrents(signal?: AbortSignal): Promise<{ torrents: readonly ListedTorrent[] }>
  pause(infoHash: string, signal?: AbortSignal): Promise<ListedTorrent>
  resume(infoHash: string, signal?: AbortSignal): Promise<ListedTorrent>
  remove(infoHash: string, deleteData: boolean, signal?: AbortSignal): Promise<void>
}

export interface ConnectOptions {
  /** Undefined: as the settings say. */
  readonly apiUrl?: string
  readonly token?: string
}

/** A stream to write to, and its width when it is a terminal. */
export type CliStream = NodeJS.WritableStream & { readonly columns?: number }

export interface CliServices {
  readonly version: string
  /** Runs the service until it was told to stop. */
  serve(): Promise<void>
  /** Brings the database up to date; throws when it cannot. */
  migrate(): Promise<void> | void
  connect(options: ConnectOptions): CliClient
  readonly identifier: Pick<Identifier, 'identifyName'>
  readonly doctorChecks: readonly DoctorCheck[]
  readonly stdout: CliStream
  readonly stderr: CliStream
  /** Whether a person watches: progress bars, and tables cut to the width of the terminal. */
  readonly isTerminal: boolean
  /** Ends a running command. */
  readonly signal?: AbortSignal
}
