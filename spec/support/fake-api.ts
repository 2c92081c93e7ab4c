import { ApiServer } from '../../lib/api/api-server.ts'
import type { ApiServerOptions, ApiServices } from '../../lib/api/api-services.ts'
import { throwIfAborted } from '../../lib/domain/abort.ts'
import { systemClock } from '../../lib/domain/clock.ts'
import type { Identifier, NameIdentity } from '../../lib/domain/identify.ts'
import type { InfoHash } from '../../lib/domain/ids.ts'
import type { Intake, IntakeResult, IntakeTarget, TorrentInput } from '../../lib/domain/intake.ts'
import { type LogFields, type Logger, silentLogger } from '../../lib/domain/logger.ts'
import type { Torrent, TorrentEngine, TorrentStats } from '../../lib/domain/torrent.ts'
import type { Tree } from '../../lib/domain/tree.ts'
import { FakeActivity, FakeLibrary, hashOf } from './fake-library.ts'

export const resultOf = (overrides: Partial<IntakeResult> = {}): IntakeResult => ({
  infoHash: hashOf('a'),
  name: 'Film.2020.1080p',
  isNew: true,
  movies: [],
  shows: [],
  matched: [
    { filePath: 'Film.2020.1080p.mkv', fileSizeBytes: 1000, resolution: '1080p', confidence: 0.9, subtitles: [] },
  ],
  unmatched: [
    { filePath: 'sample.mkv', reason: 'sample', season: null, episode: null },
    { filePath: 'S01E99.mkv', reason: 'low_confidence', season: 1, episode: 99 },
  ],
  ...overrides,
})

/** Answers with `next`, a result, an error or a promise of one; keeps what it was asked. */
export class FakeIntake implements Intake {
  readonly calls: { input: TorrentInput; target: IntakeTarget | undefined; signal: AbortSignal }[] = []
  next: (signal: AbortSignal) => Promise<IntakeResult> = async () => resultOf()

  async add(input: TorrentInput, target: IntakeTarget | undefined, signal: AbortSignal): Promise<IntakeResult> {
    throwIfAborted(signal)
    this.calls.push({ input, target, signal })
    return await this.next(signal)
  }
}

/** Knows movies as `Title (Year)` and episodes as `Show S01E02`; all else is unknown. */
export const fakeIdentifier: Pick<Identifier, 'identifyName'> = {
  identifyName(name) {
    const unknown: NameIdentity = {
      type: 'unknown',
      title: null,
      year: null,
      season: null,
      episodes: [],
      absoluteEpisodes: [],
      airDate: null,
      quality: { resolution: null, source: null, codec: null, hdr: null },
      confidence: 0,
    }
    const movie = /^(.+) \((\d{4})\)$/.exec(name)
    if (movie) return { ...unknown, type: 'movie', title: movie[1]!, year: Number(movie[2]), confidence: 0.9 }
    const episode = /^(.+) S(\d+)E(\d+)$/.exec(name)
    if (!episode) return unknown
    const [, title, season, number] = episode
    return {
      ...unknown,
      type: 'episode',
      title: title!,
      season: Number(season),
      episodes: [Number(number)],
      confidence: 1,
    }
  },
}

export const fakeTree = (version = 7, entries = 3): Tree => {
  const root = {
    kind: 'directory',
    name: '',
    href: '/',
    modifiedAtMs: 0,
    lastModified: '',
    etag: '""',
    xml: '',
  } as const
  return {
    version,
    builtAtMs: Date.UTC(2026, 0, 1),
    entries,
    root: { ...root, children: new Map() },
    find: () => undefined,
  }
}

export class FakeEngine implements Pick<TorrentEngine, 'get' | 'stored' | 'cache'> {
  readonly open = new Map<InfoHash, TorrentStats>()
  readonly storedBytes = new Map<InfoHash, number>()

  get(hash: InfoHash): Torrent | undefined {
    const stats = this.open.get(hash)
    return stats && ({ stats: () => stats } as unknown as Torrent)
  }

  stored(hash: InfoHash): number {
    return this.storedBytes.get(hash) ?? 0
  }

  cache() {
    return { capBytes: 4096, usedBytes: 1024, evictedPieces: 0, pinnedBytes: 0 }
  }
}

export class RecordingLogger implements Logger {
  readonly lines: { level: string; message: string; fields: LogFields | undefined }[] = []
  debug = silentLogger.debug
  info = silentLogger.info
  warn = (message: string, fields?: LogFields) => void this.lines.push({ level: 'warn', message, fields })
  error = (message: string, fields?: LogFields) => void this.lines.push({ level: 'error', message, fields })
  child(): Logger {
    return this
  }
}

/** The real server on fakes of its ports, on a free port of 127.0.0.1. */
export class ApiFixture {
  readonly library = new FakeLibrary()
  readonly intake = new FakeIntake()
  readonly activity = new FakeActivity()
  readonly engine = new FakeEngine()
  readonly logger = new RecordingLogger()
  readonly counted: string[] = []
  isReady = true
  readonly server: ApiServer

  constructor(options: Partial<ApiServerOptions> = {}, services: Partial<ApiServices> = {}) {
    this.server = new ApiServer(
      { host: '127.0.0.1', port: 0, token: '', version: '1.2.3', ...options },
      {
        queries: this.library,
        writer: this.library,
        intake: this.intake,
        identifier: fakeIdentifier,
        activity: this.activity,
        engine: this.engine,
        trees: { current: fakeTree() },
        metrics: {
          add: (name) => void this.counted.push(name),
          contentType: 'text/plain; version=0.0.4; charset=utf-8',
          text: async () => '# HELP momoshtrem_reads_total Reads.\n',
        },
        recentlyAired: () => [],
        isReady: () => this.isReady,
        clock: systemClock,
        logger: this.logger,
        ...services,
      },
    )
  }

  static async start(options?: Partial<ApiServerOptions>, services?: Partial<ApiServices>): Promise<ApiFixture> {
    const fixture = new ApiFixture(options, services)
    await fixture.server.start()
    return fixture
  }

  /** One request on a connection of its own; a body that is no string goes as JSON. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    const response = await fetch(this.server.url + path, {
      method,
      headers: {
        connection: 'close',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }

  async close(): Promise<void> {
    await this.server.close()
  }
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted on by chai, which knows no types
  readonly json: any
}
