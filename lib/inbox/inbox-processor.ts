import { setMaxListeners } from 'node:events'
import type { Dirent } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import type { Intake } from '../domain/intake.ts'
import type { Logger } from '../domain/logger.ts'
import { DropAdder, type SettledTreeSource } from './drop-adder.ts'
import { ASIDE_PREFIX, isGone } from './drop-files.ts'
import { dropKind } from './drop-name.ts'
import { mapConcurrently } from './map-concurrently.ts'
import { type SettledFile, SettlingFiles } from './settling-files.ts'

export interface InboxProcessorOptions {
  readonly directory: string
  /** Whether what lies in its directories is processed too. */
  readonly isRecursive: boolean
  readonly intake: Intake
  readonly trees: SettledTreeSource
  readonly clock: Clock
  readonly logger: Logger
  /** Two looks at a file, so far apart, must see the same before it is read. */
  readonly settleMs?: number
}

const SETTLE_MS = 1000
/** Files at a time; as many of links, which wait for swarms, as of torrents, which need not wait behind them. */
const CONCURRENCY = 4

/**
 * Adds what is dropped into a directory. A `.torrent`, or a `.magnet`, `.url`, `.webloc` or `.txt` with magnets in it,
 * turns into `name.added.txt`, which says where its files are in the drive; what could not be added is told in
 * `name.error.txt`, with the file kept as `name.torrent.failed`: renamed back it is tried again. Text without a magnet and
 * files of other kinds stay as they are.
 */
export class InboxProcessor {
  readonly #options: InboxProcessorOptions
  readonly #logger: Logger
  readonly #adder: DropAdder
  readonly #settling: SettlingFiles
  /** By path, in the order they settled. */
  readonly #waiting = new Map<string, SettledFile>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()

  constructor(options: InboxProcessorOptions) {
    this.#options = options
    setMaxListeners(0, this.#closing.signal) // each torrent under way listens
    this.#logger = options.logger.child({ directory: options.directory })
    this.#adder = new DropAdder({ intake: options.intake, trees: options.trees, logger: this.#logger })
    this.#settling = new SettlingFiles({
      clock: options.clock,
      logger: this.#logger,
      settleMs: options.settleMs ?? SETTLE_MS,
      onSettled: (path, file) => this.#enqueue(path, file),
    })
  }

  /** Removes what an unclean end left of its notes, and takes what is there. Fails when the directory cannot be read. */
  async start(): Promise<void> {
    const paths = await this.#paths()
    for (const path of paths) if (basename(path).startsWith(ASIDE_PREFIX)) await rm(path, { force: true })
    await this.#offerAll(paths)
  }

  /** Takes what is there: for files that no `offer` told of. Fails when the directory cannot be read. */
  async scan(): Promise<void> {
    await this.#offerAll(await this.#paths())
  }

  /** A file of the directory is there as a whole; any file. */
  offer(path: string): void {
    if (dropKind(basename(path))) this.#settling.touch(path, true)
  }

  /** As `offer`, of a file that may be in the midst of being written: what cannot be read yet has half a minute to change. */
  notice(path: string): void {
    if (dropKind(basename(path))) this.#settling.touch(path, false)
  }

  /** Ends what runs and leaves its files to the next start. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#waiting.clear()
    await this.#settling.close()
    await Promise.all(this.#running.values())
  }

  #enqueue(path: string, file: SettledFile): void {
    if (this.#running.has(path)) {
      this.#settling.touch(path, file.isFinal) // dropped again already: its turn comes after
      return
    }
    this.#waiting.set(path, file)
    this.#runNext()
  }

  #runNext(): void {
    for (const [path, file] of this.#waiting) {
      const isOfKind = isTorrent(path)
      const beside = [...this.#running.keys()].filter((other) => isTorrent(other) === isOfKind)
      if (beside.length >= CONCURRENCY) continue
      this.#waiting.delete(path)
      const running = this.#process(path, file).finally(() => {
        this.#running.delete(path)
        this.#runNext()
      })
      this.#running.set(path, running)
    }
  }

  /** Never rejects: what cannot be processed stays as it is. */
  async #process(path: string, file: SettledFile): Promise<void> {
    try {
      const outcome = await this.#adder.process(path, file, this.#closing.signal)
      if (outcome === 'changed') this.#settling.touch(path, false)
      if (outcome === 'unreadable') this.#settling.touchUnreadable(path, file.stamp)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      this.#logger.error('a dropped file could not be processed', { path, err: error })
    }
  }

  /** The oldest first. */
  async #offerAll(paths: readonly string[]): Promise<void> {
    const dropped = paths.filter((path) => dropKind(basename(path)))
    const aged = await mapConcurrently(dropped, CONCURRENCY, async (path) => ({
      path,
      modifiedAtMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0, // gone meanwhile, as its look will find
    }))
    for (const { path } of aged.toSorted((a, b) => a.modifiedAtMs - b.modifiedAtMs)) this.notice(path)
  }

  /**
   * Of all files; hidden directories are left out, symbolic links not followed. Fails when the directory itself cannot be
   * read; one inside it is logged.
   */
  async #paths(): Promise<string[]> {
    const { directory, isRecursive } = this.#options
    const paths: string[] = []
    const pending = [directory]
    for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
      for (const entry of await this.#entries(parent)) {
        const path = join(parent, entry.name)
        if (entry.isFile()) paths.push(path)
        else if (isRecursive && entry.isDirectory() && !entry.name.startsWith('.')) pending.push(path)
      }
    }
    return paths
  }

  async #entries(directory: string): Promise<Dirent[]> {
    try {
      return await readdir(directory, { withFileTypes: true })
    } catch (error) {
      if (directory === this.#options.directory) throw error
      if (!isGone(error)) this.#logger.warn('a folder cannot be read', { path: directory, err: error })
      return []
    }
  }
}

const isTorrent = (path: string): boolean => dropKind(basename(path)) === 'torrent'
