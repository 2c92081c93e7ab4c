import { access, constants, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RememberedFolders } from './actions/remembered-folders.ts'
import { ApiServer } from './api/api-server.ts'
import { createConnect } from './app/connect.ts'
import { createCuration } from './app/curation.ts'
import { createLocalFiles } from './app/local-files.ts'
import { createMetadata } from './app/metadata.ts'
import { type Base, naming, Parts } from './app/parts.ts'
import { createReading } from './app/reading.ts'
import { createTorrents, openPieceStore, startEngine } from './app/torrents.ts'
import { warmUp } from './app/warm-up.ts'
import type { Config } from './config.ts'
import { type Clock, systemClock } from './domain/clock.ts'
import { mayUseBasic, mayWrite } from './domain/drive-access.ts'
import { AppError } from './domain/errors.ts'
import type { InfoHash } from './domain/ids.ts'
import type { Logger } from './domain/logger.ts'
import { identifier } from './identify/identifier.ts'
import { subtitleMatcher } from './identify/subtitle-matcher.ts'
import { InboxProcessor } from './inbox/inbox-processor.ts'
import { WatchFolder } from './inbox/watch-folder.ts'
import { FileMatcher } from './intake/file-matcher.ts'
import { TorrentIntake } from './intake/torrent-intake.ts'
import { openLibrary } from './library/library.ts'
import { recentlyAired } from './metadata/recently-aired.ts'
import { PrometheusMetrics } from './metrics/prometheus-metrics.ts'
import { FixedBufferPool } from './stream/buffer-pool.ts'
import { parseMagnet, parsingTorrentMetadata } from './torrent/metadata/parse-metadata.ts'
import { TreeRefresher } from './tree/refresher.ts'
import { VERSION } from './version.ts'
import { WebdavServer } from './webdav/server.ts'
import { TlsFiles } from './webdav/tls-files.ts'
import { UsersFile } from './webdav/users-file.ts'

/** What a spec may put in place of the real thing. */
export interface AppOverrides {
  readonly clock?: Clock
}

/**
 * The only wiring: what `start` makes, in its order, `close` ends in the reverse one. A start that fails closes what it
 * had begun. Groups of parts are made by the files in app/.
 */
export class App {
  readonly #config: Config
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #parts: Parts
  #closing: Promise<void> | undefined
  #isReady = false
  #webdavUrl = ''
  #apiUrl = ''

  private constructor(config: Config, logger: Logger, clock: Clock) {
    this.#config = config
    this.#logger = logger
    this.#clock = clock
    this.#parts = new Parts(logger)
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
    const parts = this.#parts
    const tls = this.#openTls()
    const metrics = parts.own('metrics', new PrometheusMetrics(clock))
    const base: Base = { config, clock, logger, metrics, parts }
    await makeDataDir(config.dataDir)
    // Before anything else is opened: a second service would bring the library of the first up to its own version and policy.
    const pieces = await openPieceStore(base)
    const { versionPolicy } = config
    const path = join(config.dataDir, 'library.sqlite')
    const library = parts.own('library', openLibrary({ path, logger, clock, versionPolicy }))
    const torrents = createTorrents(base, pieces, library)
    const { engine, activity } = torrents
    const { content, fetcher, watching } = createReading(base, library, torrents)
    const folders = parts.own('folders of /Offline', new RememberedFolders(clock))
    const trees = parts.own(
      'tree',
      new TreeRefresher({
        reader: library,
        onCommitted: (listener) => library.onCommitted(listener),
        clock,
        logger,
        metrics,
        offline: mayWrite(config) ? 'always' : 'held',
        emptyFolders: folders,
        views: {
          hasRecentlyAdded: config.views.includes('recently-added'),
          hasContinueWatching: config.views.includes('continue-watching'),
          hasInstant: config.views.includes('instant'),
          source: watching,
          storedBytes: (infoHash) => engine.stored(infoHash),
        },
      }),
    )
    const onTorrentAdded = (infoHash: InfoHash): void => {
      activity.added(infoHash)
      fetcher.torrentChanged(infoHash)
    }
    const intake = new TorrentIntake({
      engine,
      library,
      identifier,
      subtitles: subtitleMatcher,
      parser: { metadata: parsingTorrentMetadata, magnet: parseMagnet },
      onAdded: onTorrentAdded,
      clock,
      logger,
      addTimeoutMs: config.addTimeoutS * 1000,
    })
    const matching = new FileMatcher({ library, identifier, subtitles: subtitleMatcher })
    const metadata = createMetadata(base, library)
    const localFiles = createLocalFiles(base, library, torrents, content, metadata?.provider)
    const { subtitles } = localFiles
    const curation = createCuration(base, {
      library,
      torrents,
      trees,
      fetcher,
      matching,
      folders,
      deleteSubtitle: (id) => subtitles.delete(id),
    })
    const temporaryDir = join(config.dataDir, 'tmp')
    await naming('DATA_DIR', makeEmpty(temporaryDir))
    let drivePort = config.webdavPort
    const connect = await createConnect(base, trees, () => drivePort)
    const isReady = (): boolean => this.#isReady && this.#closing === undefined
    const api = parts.ownListener(
      'API',
      new ApiServer(
        {
          host: config.apiHost,
          port: config.apiPort,
          token: config.apiToken,
          version: VERSION,
          temporaryDir,
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
          ...(metadata && { metadata: metadata.provider }),
          matching,
          fetcher,
          subtitles,
          connect: connect.pages,
          onTorrentAdded,
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
      parts.own('certificates', { close: () => renewal.dispose() })
    }
    const inboxDir = join(config.dataDir, 'inbox')
    await naming('DATA_DIR', mkdir(inboxDir, { recursive: true }))
    const usersPath = config.webdavUsersFile
    const users = usersPath === '' ? undefined : new UsersFile({ path: usersPath, clock, logger })
    const webdav = parts.ownListener(
      'drive',
      new WebdavServer({
        host: config.webdavHost,
        port: config.webdavPort,
        trees,
        onTreeSwapped: (listener) => trees.onSwapped(listener),
        content: localFiles.content,
        buffers: new FixedBufferPool(),
        clock,
        logger,
        metrics,
        ...(config.webdavPassword !== '' && {
          credentials: { username: config.webdavUsername, password: config.webdavPassword },
        }),
        ...(users && { users }),
        isBasicOverHttpAllowed: mayUseBasic(config),
        ...(tls && { tls }),
        ...(mayWrite(config) && { actions: curation.actions }),
        playLinks: connect.links,
        inboxDir,
        quota: () => {
          const { capBytes, usedBytes } = engine.cache()
          return { availableBytes: Math.max(0, capBytes - usedBytes), usedBytes }
        },
        isReady,
      }),
    )
    const inbox = parts.own(
      'inbox',
      new InboxProcessor({ directory: inboxDir, isRecursive: true, intake, trees, clock, logger }),
    )
    webdav.onInboxFile((path) => inbox.offer(path))
    const watchFolder =
      config.watchDir === ''
        ? undefined
        : parts.own('watch folder', new WatchFolder({ directory: config.watchDir, intake, trees, clock, logger }))

    await startEngine(engine, config.torrentHost)
    await trees.start()
    await naming('DATA_DIR', subtitles.start())
    await fetcher.load()
    localFiles.sidecars.start()
    metadata?.completion.start()
    curation.trash.start()
    activity.start()
    warmUp(identifier)
    await api.start()
    drivePort = (await webdav.start()).port
    await naming('DATA_DIR', inbox.start())
    if (watchFolder) await naming('WATCH_DIR', watchFolder.start())
    fetcher.start()
    this.#apiUrl = api.url
    this.#webdavUrl = `${tls ? 'https' : 'http'}://${urlHost(config.webdavHost)}:${drivePort}/`
    this.#isReady = true
    logger.info('serving', { drive: this.#webdavUrl, api: this.#apiUrl, peers: engine.port })
  }

  #openTls(): TlsFiles | undefined {
    const { tlsCert: certPath, tlsKey: keyPath } = this.#config
    return certPath === '' ? undefined : new TlsFiles({ certPath, keyPath, clock: this.#clock, logger: this.#logger })
  }

  /** Ends everything, the last made first. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#parts.close().then(() => this.#logger.info('stopped'))
    return this.#closing
  }
}

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host)

async function makeDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new AppError('invalid', `DATA_DIR ${path} cannot be used: ${(error as Error).message}`, error)
  }
}

/** What the process before left there when it was killed goes. */
async function makeEmpty(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory)
}
