import type { Activity } from '../domain/activity.ts'
import type { Clock, Timer } from '../domain/clock.ts'
import type { ReadPressure } from '../domain/content.ts'
import type { FileKey } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import type { BackgroundFetcher, Pin, PinStore } from '../domain/fetching.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { Logger } from '../domain/logger.ts'
import type { PieceRange, TorrentFile } from '../domain/piece-layout.ts'
import { runInSlices } from '../domain/slices.ts'
import type { TorrentEngine } from '../domain/torrent.ts'
import { FetchSession } from './fetch-session.ts'
import { endsOf, piecesOf } from './file-ends.ts'
import { type ContainerSources, findContainer } from './find-container.ts'
import { Lane } from './lane.ts'
import { PinBook } from './pin-book.ts'
import { ProbeBudget } from './probe-budget.ts'
import { QuietGate } from './quiet-gate.ts'

export interface PieceFetcherOptions extends ContainerSources {
  readonly activity: Activity
  readonly engine: TorrentEngine
  readonly pins: PinStore
  /** Undefined for a torrent that the library does not hold. */
  readonly files: (infoHash: InfoHash) => readonly TorrentFile[] | undefined
  readonly pressure: ReadPressure
  readonly clock: Clock
  readonly logger: Logger
  /** PROBE_TORRENTS: files whose ends are fetched at a time; 0 fetches none. */
  readonly probeTorrents: number
  /** PROBE_PRIVATE_PERCENT: of a private torrent no more than this is fetched unasked. */
  readonly privatePercent: number
  /** How long nothing may come before a torrent is put off. Default three minutes. */
  readonly patienceMs?: number
}

const DEFAULT_PATIENCE_MS = 3 * 60_000
const REFILL_MS = 1000
/** Until the library is asked again that could not be read. */
const REFILL_AGAIN_MS = 60_000
const LOAD_SLICE_MS = 5
/** Files asked of the store at a time, and those that may wait or be put off. */
const REFILL = 50
const MAX_WAITING = 2000
const WHOLE_AT_A_TIME = 2
const WARM_AT_A_TIME = 2
/** The same as pieces that no pin may take: a quarter of the cache, and 64 MiB. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024

/**
 * Fetches what nobody waits for: the ends of every file once, so that no scan of the library wakes a torrent; files that
 * are kept offline; the beginning of what comes next. Everything at `idle` priority, and nothing while a reader waits.
 */
export class PieceFetcher implements BackgroundFetcher {
  readonly #options: PieceFetcherOptions
  readonly #book: PinBook
  readonly #gate: QuietGate
  readonly #budget: ProbeBudget
  readonly #ends: Lane
  readonly #whole: Lane
  readonly #warm: Lane
  readonly #refill: Timer
  /** Torrents that came since the start: their ends may push out older ones. */
  readonly #fresh = new Set<InfoHash>()
  readonly #closing = new AbortController()
  #isStarted = false

  constructor(options: PieceFetcherOptions) {
    const { clock, logger, engine } = options
    this.#options = options
    this.#book = new PinBook({ store: options.pins, engine })
    this.#budget = new ProbeBudget({ book: this.#book, engine, privatePercent: options.privatePercent })
    this.#gate = new QuietGate(options.pressure, clock)
    this.#refill = clock.timer(() => this.#addProbes())
    const tried = { clock, logger, attempts: Number.POSITIVE_INFINITY }
    this.#ends = new Lane({
      ...tried,
      name: 'ends',
      concurrency: options.probeTorrents,
      run: (file, signal) => this.#fetchEnds(file, signal),
      onDrained: () => this.#refillSoon(),
    })
    this.#whole = new Lane({
      ...tried,
      name: 'whole',
      concurrency: WHOLE_AT_A_TIME,
      run: (file, signal) => this.#fetchAll(file, signal),
    })
    this.#warm = new Lane({
      ...tried,
      name: 'warm',
      concurrency: WARM_AT_A_TIME,
      attempts: 1,
      run: (file, signal) => this.#fetchWarm(file, signal),
    })
  }

  /** Takes over the pins that were kept. To be done before anything else. Fails with `aborted` when closed meanwhile. */
  async load(): Promise<void> {
    const { clock } = this.#options
    await runInSlices(this.#book.load(), { clock, sliceMs: LOAD_SLICE_MS }, this.#closing.signal)
  }

  /** Goes on with what is not complete, and begins to look for files to probe. */
  start(): void {
    this.#isStarted = true
    for (const pin of this.#book.all('whole')) if (!pin.isComplete || !this.#isStored(pin)) this.#whole.add(pin)
    // What was let go for others is complete and has no pieces: it stays so.
    for (const pin of this.#book.all('ends')) if (!pin.isComplete || !this.#isStored(pin)) this.#ends.add(pin)
    this.#refillSoon()
  }

  fetchWhole(file: FileKey): void {
    if (this.#book.get(file, 'whole')) {
      this.#whole.hurry((other) => isSame(file, other))
      return
    }
    const sizeBytes = this.#fileOf(file)?.sizeBytes
    if (sizeBytes === undefined) throw new AppError('not_found', `no file ${file.fileIndex} of ${file.infoHash}`)
    const { capBytes } = this.#options.engine.cache()
    const pinnableBytes = capBytes - Math.max(Math.ceil(capBytes / 4), Math.min(LEAST_FREE_BYTES, capBytes))
    const wholeBytes = this.#book.bytes('whole') + sizeBytes
    if (wholeBytes > pinnableBytes) {
      const missingMib = Math.ceil((wholeBytes - pinnableBytes) / (1024 * 1024))
      throw new AppError('storage_full', `the cache is ${missingMib} MiB too small to keep this file too`)
    }
    this.#book.letGo(pinnableBytes - wholeBytes, file.infoHash)
    this.#book.save({ ...keyOf(file), kind: 'whole', sizeBytes, pieces: [], isComplete: false })
    this.#whole.add(file)
  }

  releaseWhole(file: FileKey): void {
    this.#whole.remove((other) => isSame(file, other))
    if (this.#book.get(file, 'whole')) this.#book.delete(file, 'whole')
  }

  warm(file: FileKey): void {
    this.#warm.add(file)
  }

  torrentChanged(infoHash: InfoHash): void {
    const isMeant = (file: FileKey) => file.infoHash === infoHash
    if (this.#options.files(infoHash)) {
      this.#fresh.add(infoHash)
      for (const lane of [this.#ends, this.#whole]) lane.hurry(isMeant)
      this.#refillSoon()
      return
    }
    this.#fresh.delete(infoHash)
    for (const lane of [this.#ends, this.#whole, this.#warm]) lane.remove(isMeant)
    this.#book.forget(infoHash)
  }

  /** Ends what runs; the next start goes on with it. Idempotent. */
  async close(): Promise<void> {
    this.#isStarted = false
    this.#closing.abort(new AppError('aborted', 'the fetcher is closed'))
    this.#refill.dispose()
    this.#gate.close()
    await Promise.all([this.#ends.close(), this.#whole.close(), this.#warm.close()])
  }

  #refillSoon(): void {
    if (this.#isStarted && this.#options.probeTorrents > 0) this.#refill.arm(REFILL_MS)
  }

  /** Newest first; what is there since before the start pushes nothing out. */
  #addProbes(): void {
    const isFull = this.#budget.isFull
    let room = Math.min(REFILL, MAX_WAITING - this.#ends.size)
    for (const file of this.#filesToProbe()) {
      if (this.#ends.has(file) || (!this.#fresh.has(file.infoHash) && (isFull || room <= 0))) continue
      this.#ends.add(file)
      room--
    }
  }

  #filesToProbe(): readonly FileKey[] {
    const { pins, logger } = this.#options
    try {
      return pins.filesToProbe(REFILL + this.#ends.size)
    } catch (error) {
      logger.warn('the files to probe were not found', { err: error })
      this.#refill.arm(REFILL_AGAIN_MS)
      return []
    }
  }

  async #fetchEnds(key: FileKey, signal: AbortSignal): Promise<void> {
    const isFresh = this.#fresh.has(key.infoHash)
    if (this.#budget.isFull && !isFresh && !this.#book.get(key, 'ends')) return
    await this.#inSession('ends', key, signal, async (session, file) => {
      const { torrent } = session
      const budget = this.#budget.of(torrent, key)
      const save = (pieces: readonly PieceRange[], isComplete: boolean) =>
        this.#book.save({ ...keyOf(key), kind: 'ends', sizeBytes: file.sizeBytes, pieces, isComplete })
      const least = piecesOf(torrent.info.layout, file, endsOf(file, undefined))
      if (!budget.allows(least)) {
        save([], true)
        return
      }
      save(least, false)
      session.want(least)
      const container = await findContainer(this.#options, session, key, file, (pieces) => budget.allows(pieces))
      const ends = piecesOf(torrent.info.layout, file, endsOf(file, container))
      const pieces = budget.allows(ends) ? ends : least
      save(pieces, false)
      session.want(pieces)
      await session.fetched()
      save(pieces, true)
      if (isFresh) this.#budget.settle(key.infoHash)
    })
  }

  async #fetchAll(key: FileKey, signal: AbortSignal): Promise<void> {
    await this.#inSession('whole', key, signal, async (session, file) => {
      const pieces = piecesOf(session.torrent.info.layout, file, [{ start: 0, end: file.sizeBytes }])
      const pin = { ...keyOf(key), kind: 'whole', sizeBytes: file.sizeBytes, pieces } as const
      this.#book.save({ ...pin, isComplete: false })
      session.want(pieces)
      await session.fetched()
      this.#book.save({ ...pin, isComplete: true })
    })
  }

  async #fetchWarm(key: FileKey, signal: AbortSignal): Promise<void> {
    await this.#inSession('warm', key, signal, async (session, file) => {
      const { layout } = session.torrent.info
      session.want(piecesOf(layout, file, endsOf(file, undefined)))
      const container = await findContainer(this.#options, session, key, file, () => true)
      session.want(piecesOf(layout, file, endsOf(file, container)))
      await session.fetched()
    })
  }

  async #inSession(
    purpose: string,
    key: FileKey,
    signal: AbortSignal,
    work: (session: FetchSession, file: TorrentFile) => Promise<void>,
  ): Promise<void> {
    const { activity, clock, patienceMs } = this.#options
    await this.#gate.whenOpen(signal)
    const lease = await activity.hold(key.infoHash, signal)
    const file = lease.torrent.info.files[key.fileIndex]
    const session = new FetchSession(
      {
        name: `${purpose} of ${file?.path ?? key.fileIndex}`,
        lease,
        clock,
        gate: this.#gate,
        patienceMs: patienceMs ?? DEFAULT_PATIENCE_MS,
      },
      signal,
    )
    try {
      if (!file || file.isPad) throw new AppError('not_found', `the torrent has no file ${key.fileIndex}`)
      await work(session, file)
    } finally {
      session.close()
    }
  }

  #fileOf({ infoHash, fileIndex }: FileKey): TorrentFile | undefined {
    return this.#options.files(infoHash)?.find(({ index }) => index === fileIndex)
  }

  #isStored({ infoHash, pieces }: Pin): boolean {
    return pieces.every((range) => this.#options.engine.hasPieces(infoHash, range))
  }
}

const keyOf = ({ infoHash, fileIndex }: FileKey): FileKey => ({ infoHash, fileIndex })

const isSame = (a: FileKey, b: FileKey): boolean => a.infoHash === b.infoHash && a.fileIndex === b.fileIndex
