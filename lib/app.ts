import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ActivityManager } from './activity/activity-manager.ts'
import { ApiServer } from './api/api-server.ts'
import type { Config } from './config.ts'
import { type Clock, systemClock } from './domain/clock.ts'
import { AppError } from './domain/errors.ts'
import type { Logger } from './domain/logger.ts'
import { identifier } from './identify/identifier.ts'
import { subtitleMatcher } from './identify/subtitle-matcher.ts'
import { InboxProcessor } from './inbox/inbox-processor.ts'
import { WatchFolder } from './inbox/watch-folder.ts'
import { TorrentIntake } from './intake/torrent-intake.ts'
import { openLibrary } from './library/library.ts'
import { MetadataCompletion } from './metadata/completion.ts'
import { recentlyAired } from './metadata/recently-aired.ts'
import { SqliteMetadataCache } from './metadata/sqlite-cache.ts'
import { TmdbClient } from './metadata/tmdb-client.ts'
import { PrometheusMetrics } from './metrics/prometheus-metrics.ts'
import { FixedBufferPool } from './stream/buffer-pool.ts'
import { TorrentContentSource } from './stream/torrent-content-source.ts'
import { SharedDiscovery } from './torrent/discovery/shared-discovery.ts'
import { parseMagnet, parseTorrentMetadata } from './torrent/metadata/parse-metadata.ts'
import { DiskPieceStore } from './torrent/store/disk-piece-store.ts'
import { StreamTorrentEngine } from './torrent/stream-torrent-engine.ts'
import { TreeRefresher } from './tree/refresher.ts'
import { VERSION } from './version.ts'
import { WebdavServer } from './webdav/server.ts'
import { TlsFiles } from './webdav/tls-files.ts'

/** What a spec may put in place of the real thing. */
export interface AppOverrides {
  readonly clock?: Clock
}

interface Closable {
  readonly name: string
  close(): void | Promise<void>
}

const MIB = 1024 * 1024
const KB = 1000
/** Over all torrents: what home routers bear. */
const MAX_CONNECTIONS_TOTAL = 250

/**
 * The only wiring: what `start` makes, in its order, `close` ends in the reverse one. A start that fails closes what it
 * had begun.
 */
export class App {
  readonly #config: Config
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #closables: Closable[] = []
  #closing: Promise<void> | undefined
  #isReady = false
  #webdavUrl = ''
  #apiUrl = ''

  private constructor(config: Config, logger: Logger, clock: Clock) {
    this.#config = config
    this.#logger = logger
    this.#clock = clock
  }

  static create(config: Config, logger: Logger, overrides: AppOverrides = {}): App {
    return new App(config, logger, overrides.clock ?? systemClock)
  }

  /** Of the drive, with `/` at its end; empty before `start`. */
  get webdavUrl(): string {
    return this.#webdavUrl
  }

  /** Of the REST API, without `/` at its end; empty before `start`. */
  get apiUrl(): string {
    return this.#apiUrl
  }

  /** Resolves when drive and API answer. Fails with an AppError whose message names the setting at fault. */
  async start(): Promise<void> {
    try {
      await this.#start()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async #start(): Promise<void> {
    const config = this.#config
    const clock = this.#clock
    const logger = this.#logger
    const tls = this.#openTls()
    const metrics = this.#own('metrics', new PrometheusMetrics(clock))
    await makeDataDir(config.dataDir)
    const library = this.#own('library', openLibrary({ path: join(config.dataDir, 'library.sqlite'), logger, clock }))
    const store = this.#own('piece store', await naming('DATA_DIR', this.#openStore(metrics)))
    const engine = this.#own('torrents', this.#createEngine(store, metrics))
    const { startPaused } = config
    const idleTimeoutMs = config.idleTimeoutS * 1000
    const activity = this.#own(
      'activity',
      new ActivityManager({ engine, catalog: library, clock, logger, metrics, idleTimeoutMs, startPaused }),
    )
    const content = this.#own(
      'readers',
      new TorrentContentSource({
        activity,
        clock,
        logger,
        metrics,
        windows: {
          headerBytes: config.headerPriorityMb * MIB,
          footerBytes: config.footerPriorityMb * MIB,
          urgentBytes: config.urgentMb * MIB,
          readAheadBytes: config.readaheadMb * MIB,
        },
        readTimeoutMs: config.readTimeoutS * 1000,
      }),
    )
    const trees = this.#own(
      'tree',
      new TreeRefresher({
        reader: library,
        onCommitted: (listener) => library.onCommitted(listener),
        clock,
        logger,
        metrics,
      }),
    )
    const intake = new TorrentIntake({
      engine,
      library,
      identifier,
      subtitles: subtitleMatcher,
      parser: { metadata: parseTorrentMetadata, magnet: parseMagnet },
      onAdded: (infoHash) => activity.added(infoHash),
      clock,
      logger,
      addTimeoutMs: config.addTimeoutS * 1000,
    })
    const metadata = this.#createMetadata()
    const completion =
      metadata && this.#own('metadata', new MetadataCompletion({ provider: metadata, store: library, clock, logger }))
    const isReady = (): boolean => this.#isReady && this.#closing === undefined
    const api = this.#own(
      'API',
      new ApiServer(
        {
          host: config.apiHost,
          port: config.apiPort,
          token: config.apiToken,
          version: VERSION,
          ...(tls && { tls: tls.current }),
        },
        {
          queries: library,
          writer: library,
          intake,
          identifier,
          activity,
          engine,
          trees,
          metrics,
          ...(metadata && { metadata }),
          recentlyAired: (days) => recentlyAired(library, clock, days),
          isReady,
          clock,
          logger,
        },
      ),
    )
    const { tlsServer } = api
    if (tls && tlsServer) {
      const renewal = tls.attach(tlsServer)
      this.#own('certificates', { close: () => renewal.dispose() })
    }
    const inboxDir = join(config.dataDir, 'inbox')
    const webdav = this.#own(
      'drive',
      new WebdavServer({
        host: config.webdavHost,
        port: config.webdavPort,
        trees,
        content,
        buffers: new FixedBufferPool(),
        clock,
        logger,
        metrics,
        ...(config.webdavPassword !== '' && {
          credentials: { username: config.webdavUsername, password: config.webdavPassword },
        }),
        ...(tls && { tls }),
        inboxDir,
        quota: () => {
          const { capBytes, usedBytes } = engine.cache()
          return { availableBytes: Math.max(0, capBytes - usedBytes), usedBytes }
        },
        isReady,
      }),
    )
    const inbox = this.#own(
      'inbox',
      new InboxProcessor({ directory: inboxDir, isRecursive: true, intake, trees, clock, logger }),
    )
    webdav.onInboxFile((path) => inbox.offer(path))
    const watchFolder =
      config.watchDir === ''
        ? undefined
        : this.#own('watch folder', new WatchFolder({ directory: config.watchDir, intake, trees, clock, logger }))

    await naming('TORRENT_PORT', engine.start())
    await trees.start()
    completion?.start()
    activity.start()
    await api.start()
    const { port } = await webdav.start()
    await naming('DATA_DIR', inbox.start())
    if (watchFolder) await naming('WATCH_DIR', watchFolder.start())
    this.#apiUrl = api.url
    this.#webdavUrl = `${tls ? 'https' : 'http'}://${urlHost(config.webdavHost)}:${port}/`
    this.#isReady = true
    logger.info('serving', { drive: this.#webdavUrl, api: this.#apiUrl, peers: engine.port })
  }

  #openTls(): TlsFiles | undefined {
    const { tlsCert: certPath, tlsKey: keyPath } = this.#config
    return certPath === '' ? undefined : new TlsFiles({ certPath, keyPath, clock: this.#clock, logger: this.#logger })
  }

  /** Undefined without a key: then everything goes by the names of files. */
  #createMetadata(): TmdbClient | undefined {
    const { tmdbApiKey: apiKey, tmdbBaseUrl: baseUrl, dataDir } = this.#config
    if (apiKey === '') return undefined
    const clock = this.#clock
    const logger = this.#logger
    const path = join(dataDir, 'metadata.sqlite')
    const cache = this.#own('metadata cache', SqliteMetadataCache.open({ path, clock, logger }))
    return new TmdbClient({ apiKey, baseUrl, cache, clock, logger })
  }

  async #openStore(metrics: PrometheusMetrics): Promise<DiskPieceStore> {
    return await DiskPieceStore.open({
      directory: join(this.#config.dataDir, 'pieces'),
      capBytes: this.#config.cacheSizeMb * MIB,
      clock: this.#clock,
      logger: this.#logger,
      metrics,
    })
  }

  #createEngine(store: DiskPieceStore, metrics: PrometheusMetrics): StreamTorrentEngine {
    const config = this.#config
    const clock = this.#clock
    const logger = this.#logger
    const discovery = this.#own(
      'discovery',
      new SharedDiscovery({
        dht: config.dht,
        dhtHost: config.torrentHost,
        dhtPort: config.torrentPort,
        dhtStatePath: join(config.dataDir, 'dht.json'),
        clock,
        logger,
      }),
    )
    return new StreamTorrentEngine({
      dataDir: config.dataDir,
      host: config.torrentHost,
      port: config.torrentPort,
      store,
      discovery,
      clock,
      logger,
      metrics,
      maxConnections: config.maxConnections,
      maxConnectionsTotal: MAX_CONNECTIONS_TOTAL,
      downloadLimitBytesPerS: config.downloadLimitKbps * KB,
      uploadLimitBytesPerS: config.uploadLimitKbps * KB,
      extraTrackers: config.trackers,
    })
  }

  #own<T extends { close(): void | Promise<void> }>(name: string, part: T): T {
    this.#closables.push({ name, close: () => part.close() })
    return part
  }

  /** Ends everything, the last made first; what one part fails with is logged, and the others end all the same. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // Both listeners end together: running reads of the drive and running requests of the API share the time they have.
    const isListener = ({ name }: Closable) => name === 'drive' || name === 'API'
    await Promise.all(this.#closables.filter(isListener).map((part) => this.#closeOne(part)))
    for (const part of this.#closables.filter((other) => !isListener(other)).reverse()) await this.#closeOne(part)
    this.#logger.info('stopped')
  }

  async #closeOne(part: Closable): Promise<void> {
    try {
      await part.close()
    } catch (error) {
      this.#logger.error('could not be closed', { part: part.name, err: error })
    }
  }
}

/** Puts the setting at fault before what a part said: the parts know no settings. */
async function naming<T>(setting: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof AppError ? new AppError(error.code, `${setting}: ${error.message}`, error) : error
  }
}

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host)

async function makeDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw new AppError('invalid', `DATA_DIR ${path} cannot be made: ${(error as Error).message}`, error)
  }
}
