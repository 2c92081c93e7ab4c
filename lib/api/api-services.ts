import type { Activity } from '../domain/activity.ts'
import type { Clock } from '../domain/clock.ts'
import type { Identifier } from '../domain/identify.ts'
import type { Intake } from '../domain/intake.ts'
import type { LibraryQueries, LibraryWriter, NewMovie, NewShow } from '../domain/library.ts'
import type { Logger } from '../domain/logger.ts'
import type { AiredEpisode } from '../domain/metadata.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { TorrentEngine } from '../domain/torrent.ts'
import type { TreeSource } from '../domain/tree.ts'

/** One scrape in the Prometheus text format. */
export interface MetricsText {
  readonly contentType: string
  text(): Promise<string>
}

/** Titles, seasons and episodes by TMDB id. */
export interface MetadataSource {
  /** Both fail with `not_found`, `unavailable` when the provider cannot be asked, or the signal's reason. */
  movie(tmdbId: number, signal: AbortSignal): Promise<NewMovie>
  show(tmdbId: number, signal: AbortSignal): Promise<NewShow>
}

/** What the routes stand on. */
export interface ApiServices {
  readonly queries: Omit<LibraryQueries, 'findTorrent' | 'placedFiles'>
  readonly writer: Omit<LibraryWriter, 'addTorrent' | 'onCommitted'>
  readonly intake: Intake
  readonly identifier: Pick<Identifier, 'identifyName'>
  readonly activity: Omit<Activity, 'lease' | 'hold'>
  readonly engine: Pick<TorrentEngine, 'get' | 'stored' | 'cache'>
  readonly trees: TreeSource
  readonly metrics: Pick<Metrics, 'add'> & MetricsText
  /** Without one, a body with `tmdb_id` and no title fails with `unavailable`. */
  readonly metadata?: MetadataSource
  /** Of the library, the last `days` with today, the latest first. Fails with `invalid` outside of 1 to 366. */
  recentlyAired(days: number): readonly AiredEpisode[]
  /** Whether reads can be served: the library is open and the first tree is built. */
  isReady(): boolean
  readonly clock: Clock
  readonly logger: Logger
}

export interface ApiServerOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** Bearer token; empty = none, which only a loopback host may have. */
  readonly token: string
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer }
  /** Of the program; shown by `/api/status`. */
  readonly version: string
  /** How long running requests may go on after `close()`, before they are aborted and then cut. Default 4000. */
  readonly closeGraceMs?: number
}
