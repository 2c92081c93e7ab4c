import type { Activity } from '../domain/activity.ts'
import type { Clock } from '../domain/clock.ts'
import type { LibraryCuration } from '../domain/curation.ts'
import type { BackgroundFetcher } from '../domain/fetching.ts'
import type { Identifier } from '../domain/identify.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { Intake, Matching } from '../domain/intake.ts'
import type {
  LibraryQueries,
  LibraryWriter,
  NewMovie,
  NewShow,
  TitleSearch,
  TorrentCatalog,
} from '../domain/library.ts'
import type { Logger } from '../domain/logger.ts'
import type { AiredEpisode } from '../domain/metadata.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { Subtitles } from '../domain/subtitles.ts'
import type { TorrentEngine } from '../domain/torrent.ts'
import type { LibraryTransfer } from '../domain/transfer.ts'
import type { TreeSource } from '../domain/tree.ts'
import type { WatchStore } from '../domain/watching.ts'

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

/** Pages for people under `/connect`, which check logins themselves. */
export interface ConnectHandler {
  handle(request: {
    /** Path and query, as they came. */
    readonly url: string
    readonly host: string | undefined
    readonly userAgent: string | undefined
    readonly authorization: string | undefined
  }): {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | Uint8Array
  }
}

/** What the routes stand on. */
export interface ApiServices {
  readonly queries: Omit<LibraryQueries, 'findTorrent'> &
    TitleSearch &
    Pick<WatchStore, 'unfinished'> &
    Pick<TorrentCatalog, 'source' | 'states'>
  readonly writer: Omit<LibraryWriter, 'addTorrent' | 'onCommitted'> &
    Omit<LibraryCuration, 'match' | 'oldestTrashedAtMs'> &
    LibraryTransfer
  readonly intake: Intake
  readonly identifier: Pick<Identifier, 'identifyName'>
  readonly activity: Omit<Activity, 'lease' | 'hold'>
  readonly engine: Pick<TorrentEngine, 'get' | 'searches' | 'stored' | 'cache' | 'limits' | 'setLimits' | 'scrub'>
  readonly trees: TreeSource & {
    /** Resolves when `current` holds every change that was committed so far. */
    settled(): Promise<void>
  }
  readonly metrics: Pick<Metrics, 'add'> & MetricsText
  /** Without one, a body with `tmdb_id` and no title fails with `unavailable`. */
  readonly metadata?: MetadataSource
  readonly matching: Matching
  readonly fetcher: Pick<BackgroundFetcher, 'fetchWhole' | 'releaseWhole' | 'torrentChanged'>
  readonly subtitles?: Subtitles
  readonly connect: ConnectHandler
  /** Told of each torrent that an import brought, as of those of the intake. */
  onTorrentAdded(infoHash: InfoHash): void
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
  /** Where a document is kept while it is imported. Default: the system's. */
  readonly temporaryDir?: string
  /** Of a document to import. Default 512 MiB. */
  readonly importMaxBytes?: number
  /** How long running requests may go on after `close()`, before they are cut. Default 5000. */
  readonly closeGraceMs?: number
}
