import { orAbort, throwIfAborted, withTimeout } from '../domain/abort.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError, toAppError } from '../domain/errors.ts'
import type { Identifier, IdentifyHints, SubtitleMatcher } from '../domain/identify.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { Intake, IntakeResult, IntakeTarget, TorrentInput } from '../domain/intake.ts'
import type { LibraryQueries, TorrentAdding, TorrentCatalog } from '../domain/library.ts'
import type { Logger } from '../domain/logger.ts'
import type { TorrentFile } from '../domain/piece-layout.ts'
import { nextTurn, runInSlices, type Work } from '../domain/slices.ts'
import type { TorrentEngine, TorrentInfo, TorrentSource } from '../domain/torrent.ts'
import { describeKnown, describeMatches } from './describe.ts'
import { type Placed, placementsOf, withSubtitles } from './placements.ts'
import { hintsFor } from './targets.ts'

/** Reads a torrent's own text; both, and the work, throw AppError `invalid`. */
export interface TorrentParser {
  /** In slices: one of 50,000 files is read for a tenth of a second. */
  metadata(bytes: Uint8Array): Work<TorrentInfo>
  magnet(uri: string): { readonly infoHash: InfoHash }
}

export interface TorrentIntakeOptions {
  readonly engine: TorrentEngine
  readonly library: LibraryQueries & TorrentAdding & TorrentCatalog
  readonly identifier: Identifier
  readonly subtitles: SubtitleMatcher
  readonly parser: TorrentParser
  /** The torrent is in the library now. Called after the commit, once for each new one. */
  readonly onAdded: (infoHash: InfoHash) => void
  readonly clock: Clock
  readonly logger: Logger
  /** For a magnet's metadata. */
  readonly addTimeoutMs: number
}

const SLICE_MS = 2
/** For what follows the commit. */
const UNABORTED = new AbortController().signal

/**
 * From a magnet or `.torrent` to library items: metadata, then identification, then one transaction. Nothing is stored
 * before that transaction, so an add that fails leaves nothing behind.
 */
export class TorrentIntake implements Intake {
  readonly #options: TorrentIntakeOptions
  /** The last add of each info-hash under way: a second one waits for it, then finds its work done. */
  readonly #running = new Map<InfoHash, Promise<unknown>>()

  constructor(options: TorrentIntakeOptions) {
    this.#options = options
  }

  async add(input: TorrentInput, target: IntakeTarget | undefined, signal: AbortSignal): Promise<IntakeResult> {
    throwIfAborted(signal)
    await nextTurn() // where a socket's bytes came this is a part of the same turn
    await nextTurn()
    const given = 'metadata' in input ? await this.#read(input.metadata, signal) : undefined
    const magnetUri = 'magnetUri' in input ? input.magnetUri : null
    const infoHash = given?.infoHash ?? this.#options.parser.magnet(magnetUri ?? '').infoHash
    return this.#oneAtATime(infoHash, signal, () => this.#addOne(infoHash, given, magnetUri, target, signal))
  }

  #read(metadata: Uint8Array, signal: AbortSignal): Promise<TorrentInfo> {
    const { parser, clock } = this.#options
    return runInSlices(parser.metadata(metadata), { clock, sliceMs: SLICE_MS }, signal)
  }

  async #oneAtATime<T>(infoHash: InfoHash, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let before = this.#running.get(infoHash); before; before = this.#running.get(infoHash)) {
      await orAbort(before, signal)
    }
    const running = work()
    const settled = running.then(
      () => {},
      () => {},
    )
    this.#running.set(infoHash, settled)
    try {
      return await running
    } finally {
      this.#running.delete(infoHash)
    }
  }

  async #addOne(
    infoHash: InfoHash,
    given: TorrentInfo | undefined,
    magnetUri: string | null,
    target: IntakeTarget | undefined,
    signal: AbortSignal,
  ): Promise<IntakeResult> {
    const { engine, library } = this.#options
    const known = library.findTorrent(infoHash)
    if (known && !target) return describeKnown(library, known)
    const hints = hintsFor(library, target)
    const stored = known ? library.source(infoHash)?.metadata : undefined
    const info = given ?? (stored ? await this.#read(stored, signal) : undefined)
    if (info) return await this.#store(info, magnetUri, target, hints, !known, signal)
    // a torrent that was opened for nothing is forgotten again
    try {
      const fetched = await this.#fetchInfo({ infoHash, ...(magnetUri === null ? {} : { magnetUri }) }, signal)
      return await this.#store(fetched, magnetUri, target, hints, !known, signal)
    } catch (error) {
      await engine.remove(infoHash, true)
      throw error instanceof AppError || signal.aborted ? error : toAppError(error)
    }
  }

  /** In slices: of thousands of files each part takes many times what others should wait for. */
  async #store(
    info: TorrentInfo,
    magnetUri: string | null,
    target: IntakeTarget | undefined,
    hints: IdentifyHints | undefined,
    isNew: boolean,
    signal: AbortSignal,
  ): Promise<IntakeResult> {
    const { library, onAdded, clock, logger } = this.#options
    const slices = { clock, sliceMs: SLICE_MS }
    const files = info.files.filter((file) => !file.isPad)
    await nextTurn()
    const placed = await runInSlices(this.#placed(info.name, files, target, hints), slices, signal)
    const added = await library.addTorrentInTurns(info, magnetUri, placed.placements, target !== undefined, signal)
    await nextTurn()
    if (isNew) onAdded(info.infoHash)
    const result = await runInSlices(describeMatches(info, files, placed, added, isNew), slices, UNABORTED)
    logger.info('torrent added', {
      infoHash: info.infoHash,
      torrent: info.name,
      matched: result.matched.length,
      unmatched: result.unmatched.length,
    })
    return result
  }

  *#placed(
    torrentName: string,
    files: readonly TorrentFile[],
    target: IntakeTarget | undefined,
    hints: IdentifyHints | undefined,
  ): Work<Placed> {
    const { library, identifier, subtitles } = this.#options
    const matches = yield* identifier.identifyFilesInSteps(torrentName, files, hints)
    yield
    const placed = placementsOf(library, files, matches, target)
    yield
    return yield* withSubtitles(placed, files, matches, subtitles)
  }

  async #fetchInfo(source: TorrentSource, signal: AbortSignal): Promise<TorrentInfo> {
    const { engine, clock, addTimeoutMs } = this.#options
    const message = () => {
      const peers = engine.searches().find(({ infoHash }) => infoHash === source.infoHash)?.peers ?? 0
      const seconds = Math.round(addTimeoutMs / 1000)
      return `no peer sent the torrent's metadata within ${seconds} s (peers connected: ${peers})`
    }
    const open = (limited: AbortSignal) => engine.open(source, limited)
    return (await withTimeout(clock, addTimeoutMs, message, open, signal)).info
  }
}
