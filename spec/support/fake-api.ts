import { ApiServer } from '../../lib/api/api-server.ts'
import type { ApiServerOptions, ApiServices } from '../../lib/api/api-services.ts'
import { throwIfAborted } from '../../lib/domain/abort.ts'
import type { Activity, TorrentState } from '../../lib/domain/activity.ts'
import { systemClock } from '../../lib/domain/clock.ts'
import type { FileKey } from '../../lib/domain/curation.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { type InfoHash, infoHash } from '../../lib/domain/ids.ts'
import type { Intake, IntakeResult, IntakeTarget, TorrentInput } from '../../lib/domain/intake.ts'
import type { Placement } from '../../lib/domain/library.ts'
import { type LogFields, type Logger, silentLogger } from '../../lib/domain/logger.ts'
import type {
  FoundSubtitle,
  StoredSubtitle,
  SubtitleChoice,
  SubtitleOwner,
  SubtitleStore,
  Subtitles,
  UploadedSubtitle,
} from '../../lib/domain/subtitles.ts'
import type {
  MetadataSearch,
  ScrubProgress,
  Torrent,
  TorrentEngine,
  TorrentStats,
  TransferLimits,
} from '../../lib/domain/torrent.ts'
import { identifier } from '../../lib/identify/identifier.ts'
import { subtitleMatcher } from '../../lib/identify/subtitle-matcher.ts'
import { FileMatcher } from '../../lib/intake/file-matcher.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { TreeRefresher } from '../../lib/tree/refresher.ts'
import { torrentOf } from '../library/fixtures.ts'
import { fakeIdentifier } from './fake-identifier.ts'
import { RecordedMetrics } from './recorded-metrics.ts'

/** Of 40 times the same digit. */
export const hashOf = (digit: string): InfoHash => infoHash(digit.repeat(40))

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

type EnginePart = Pick<TorrentEngine, 'get' | 'stored' | 'cache' | 'limits' | 'setLimits' | 'scrub'>

export const scrubbed = (checkedPieces: number, overrides: Partial<ScrubProgress> = {}): ScrubProgress => ({
  checkedPieces,
  checkedBytes: checkedPieces * 100,
  totalBytes: 1000,
  badPieces: 0,
  unknownTorrents: 0,
  ...overrides,
})

export class FakeEngine implements EnginePart {
  nextScrub: TorrentEngine['scrub'] = async () => scrubbed(10)
  #limits: TransferLimits = { downloadBytesPerS: 0, uploadBytesPerS: 0 }

  readonly open = new Map<InfoHash, TorrentStats>()
  readonly storedBytes = new Map<InfoHash, number>()
  searching: readonly MetadataSearch[] = []
  askedForSearches = 0

  searches(): readonly MetadataSearch[] {
    this.askedForSearches++
    return this.searching
  }

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

  limits(): TransferLimits {
    return this.#limits
  }

  setLimits(limits: TransferLimits): void {
    this.#limits = limits
  }

  scrub(...args: Parameters<TorrentEngine['scrub']>): Promise<ScrubProgress> {
    return this.nextScrub(...args)
  }
}

/** A person's pauses and the removals, as they were asked for. */
export class FakeActivity implements Omit<Activity, 'lease' | 'hold'> {
  readonly states = new Map<InfoHash, TorrentState>()
  readonly removed: { infoHash: InfoHash; deleteData: boolean }[] = []

  state(hash: InfoHash): TorrentState {
    return this.states.get(hash) ?? 'idle'
  }

  counts(): Record<TorrentState, number> {
    const counts = { active: 0, idle: 0, paused: 0, error: 0 }
    for (const state of this.states.values()) counts[state] += 1
    return counts
  }

  async pause(hash: InfoHash): Promise<void> {
    this.states.set(hash, 'paused')
  }

  async unpause(hash: InfoHash): Promise<void> {
    this.states.set(hash, 'idle')
  }

  async remove(hash: InfoHash, deleteData: boolean): Promise<void> {
    this.removed.push({ infoHash: hash, deleteData })
    this.states.delete(hash)
  }
}

/** Keeps what it was asked; `isFull` refuses every further file. */
export class FakeFetcher {
  readonly kept = new Set<string>()
  readonly changed: InfoHash[] = []
  isFull = false

  fetchWhole({ infoHash: hash, fileIndex }: FileKey): void {
    if (this.isFull) throw new AppError('storage_full', 'the cache is too small to keep this file too')
    this.kept.add(`${hash}:${fileIndex}`)
  }

  releaseWhole({ infoHash: hash, fileIndex }: FileKey): void {
    this.kept.delete(`${hash}:${fileIndex}`)
  }

  torrentChanged(hash: InfoHash): void {
    this.changed.push(hash)
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

/** Finds one subtitle whatever it is asked; keeps what it was asked, and its rows in the library. */
export class FakeSubtitles implements Subtitles {
  readonly asked: unknown[] = []
  readonly #store: SubtitleStore

  constructor(store: SubtitleStore) {
    this.#store = store
  }

  list(owner: SubtitleOwner): readonly StoredSubtitle[] {
    return this.#store.subtitles(owner)
  }

  async search(owner: SubtitleOwner, options: { readonly languages?: readonly string[] }): Promise<FoundSubtitle[]> {
    this.asked.push([owner, options])
    const found = { fileId: '77', matchedBy: 'hash', releaseName: 'Heat.1995', fileName: 'heat.srt' } as const
    return [{ ...found, ...NO_TRAITS, downloads: 12, fps: 23.976, isTrusted: true, isMachineTranslated: false }]
  }

  async download(owner: SubtitleOwner, choice: SubtitleChoice): Promise<StoredSubtitle> {
    this.asked.push([owner, choice])
    const { fileId: providerId, language = 'en', releaseName = null } = choice
    return this.#add(owner, { source: 'opensubtitles', providerId, language, releaseName, sizeBytes: 10 })
  }

  async upload(owner: SubtitleOwner, subtitle: UploadedSubtitle): Promise<StoredSubtitle> {
    this.asked.push([owner, subtitle])
    const { language = null, fileName: releaseName, bytes } = subtitle
    return this.#add(owner, { source: 'upload', providerId: null, language, releaseName, sizeBytes: bytes.byteLength })
  }

  async delete(id: number): Promise<void> {
    this.#store.deleteSubtitle(id)
  }

  #add(
    owner: SubtitleOwner,
    row: Pick<StoredSubtitle, 'source' | 'providerId' | 'language' | 'releaseName' | 'sizeBytes'>,
  ): StoredSubtitle {
    return this.#store.addSubtitle({ owner, ...NO_TRAITS, format: 'srt', ...row })
  }
}

const NO_TRAITS = { language: 'en', isForced: false, isHearingImpaired: false, isCommentary: false } as const

/** The real server, library, tree and matching; the rest of its ports are fakes. On a free port of 127.0.0.1. */
export class ApiFixture {
  readonly library: Library
  readonly trees: TreeRefresher
  readonly intake = new FakeIntake()
  readonly activity = new FakeActivity()
  readonly engine = new FakeEngine()
  readonly fetcher = new FakeFetcher()
  readonly logger = new RecordingLogger()
  readonly subtitles: FakeSubtitles
  readonly added: InfoHash[] = []
  readonly counted: string[] = []
  isReady = true
  readonly server: ApiServer

  constructor(options: Partial<ApiServerOptions> = {}, services: Partial<ApiServices> = {}) {
    const clock = systemClock
    const library = openLibrary({ path: ':memory:', logger: silentLogger, clock })
    this.library = library
    this.subtitles = new FakeSubtitles(library)
    this.trees = new TreeRefresher({
      reader: library,
      onCommitted: (listener) => library.onCommitted(listener),
      clock,
      logger: silentLogger,
      metrics: new RecordedMetrics(),
    })
    this.server = new ApiServer(
      { host: '127.0.0.1', port: 0, token: '', version: '1.2.3', ...options },
      {
        queries: library,
        writer: library,
        intake: this.intake,
        identifier: fakeIdentifier,
        activity: this.activity,
        engine: this.engine,
        trees: this.trees,
        matching: new FileMatcher({ library, identifier, subtitles: subtitleMatcher }),
        fetcher: this.fetcher,
        subtitles: this.subtitles,
        connect: { handle: () => ({ status: 200, headers: {}, body: '' }) },
        onTorrentAdded: (hash) => void this.added.push(hash),
        metrics: {
          add: (name) => void this.counted.push(name),
          contentType: 'text/plain; version=0.0.4; charset=utf-8',
          text: async () => '# HELP momoshtrem_reads_total Reads.\n',
        },
        recentlyAired: () => [],
        isReady: () => this.isReady,
        clock,
        logger: this.logger,
        ...services,
      },
    )
  }

  static async start(options?: Partial<ApiServerOptions>, services?: Partial<ApiServices>): Promise<ApiFixture> {
    const fixture = new ApiFixture(options, services)
    await fixture.trees.start()
    await fixture.server.start()
    return fixture
  }

  /** A torrent of files of 1000 bytes and their index, with the info-hash of one digit. */
  addTorrent(digit: string, name: string, paths: readonly string[], placements: readonly Placement[] = []): InfoHash {
    const hash = hashOf(digit)
    this.library.addTorrent({ ...torrentOf(name, paths), infoHash: hash }, null, placements, false)
    return hash
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
    await this.trees.close()
    this.library.close()
  }
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted on by chai, which knows no types
  readonly json: any
}
