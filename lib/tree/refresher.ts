import type { Clock, Timer } from '../domain/clock.ts'
import { type Disposable, Listeners } from '../domain/disposable.ts'
import type { EmptyFolders } from '../domain/drive-actions.ts'
import { toAppError } from '../domain/errors.ts'
import type { LibraryChange, LibraryItem, LibraryReader } from '../domain/library-rows.ts'
import type { Logger } from '../domain/logger.ts'
import type { Metrics } from '../domain/metrics.ts'
import { nextTurn, runInSlices } from '../domain/slices.ts'
import type { Tree, TreeSource } from '../domain/tree.ts'
import { buildTree, type TreeChange } from './build-tree.ts'
import { differences } from './fingerprint.ts'
import { emptyTree, itemKey, type Layout, type LibraryTree, PLAIN_LAYOUT } from './library-tree.ts'
import { type ViewOptions, Views } from './views.ts'

export interface TreeRefresherOptions {
  readonly reader: LibraryReader
  /** As `LibraryWriter.onCommitted`. */
  readonly onCommitted: (listener: (change: LibraryChange) => void) => Disposable
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Whether /Trash shows when it holds something; true when left out. */
  readonly hasTrash?: boolean
  /** When /Offline shows; `held`, when it holds something, if left out. `always` for a drive that can be written to. */
  readonly offline?: Layout['offline']
  /** Folders of /Offline that hold nothing; none when left out. */
  readonly emptyFolders?: EmptyFolders
  /** None when left out. */
  readonly views?: ViewOptions
  /** How long a build holds the event loop at a time. */
  readonly sliceMs?: number
}

const SLICE_MS = 2
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000
/** Comparing 200,000 episodes takes about a second: once in this time it costs a thousandth of a processor. */
const AUDIT_MS = 15 * 60_000
/** A bulk change shows in parts: rows that are let go soon cost no long garbage collection, and what comes then shows soon. */
const BATCH_ITEMS = 200

/** A film that plays changes them with every piece: a look at each item of a large library takes some milliseconds. */
const VIEWS_MS = 3000

type AuditCause = 'timer' | 'failure'

/**
 * Keeps `current` up to date: the items of each commit are read by one statement and built aside, in slices, and swapped
 * in by one assignment. At most one build runs; what is committed meanwhile waits for it and is built together. A failed
 * build keeps the tree, is logged and counted; after one second, then twice as long each time up to a minute, the whole
 * library is compared with the tree and what differs is built.
 *
 * Views follow each build, and are asked anew three seconds after their source says that they may be others.
 *
 * The same comparison every 15 minutes is the safety net for what no event told (another process wrote the database);
 * differences that it finds are logged as a warning.
 */
export class TreeRefresher implements TreeSource {
  readonly #reader: LibraryReader
  readonly #onCommitted: TreeRefresherOptions['onCommitted']
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #metrics: Metrics
  readonly #layout: Layout
  readonly #views: ViewOptions['source'] | undefined
  readonly #emptyFolders: EmptyFolders | undefined
  readonly #sliceMs: number
  readonly #swapped = new Listeners<Tree>()
  readonly #closing = new AbortController()
  readonly #retryTimer: Timer
  readonly #auditTimer: Timer
  readonly #viewTimer: Timer

  #current: LibraryTree
  #subscriptions: readonly Disposable[] = []
  /** By kind and id, in the order in which they came; what the next builds look at. */
  readonly #changed = new Map<string, LibraryItem>()
  /** Views or empty folders may be others though the library is not. */
  #isLayoutDue = false
  #isViewTimerArmed = false
  #auditCause: AuditCause | undefined
  #running: Promise<unknown> | undefined
  #retryMs = FIRST_RETRY_MS

  constructor(options: TreeRefresherOptions) {
    this.#reader = options.reader
    this.#onCommitted = options.onCommitted
    this.#clock = options.clock
    this.#logger = options.logger
    this.#metrics = options.metrics
    this.#sliceMs = options.sliceMs ?? SLICE_MS
    this.#views = options.views?.source
    const { emptyFolders } = options
    this.#emptyFolders = emptyFolders
    this.#layout = {
      hasTrash: options.hasTrash ?? PLAIN_LAYOUT.hasTrash,
      offline: options.offline ?? PLAIN_LAYOUT.offline,
      ...(options.views && { views: new Views(options.views) }),
      ...(emptyFolders && { folders: () => emptyFolders.folders() }),
    }
    this.#current = emptyTree(options.clock.nowMs())
    this.#retryTimer = options.clock.timer(() => this.#run())
    this.#auditTimer = options.clock.timer(() => {
      this.#auditCause ??= 'timer'
      this.#run()
    })
    this.#viewTimer = options.clock.timer(() => {
      this.#isViewTimerArmed = false
      this.#layout.views?.forget()
      this.#noteLayout()
    })
    this.#metrics.gauge('tree_entries', () => this.#current.entries)
    this.#metrics.gauge('tree_version', () => this.#current.version)
  }

  /** Version 0, without items, until `start` has resolved. */
  get current(): Tree {
    return this.#current
  }

  /** Resolves with the first tree of the library in place. Fails with `internal` when it cannot be built; once only. */
  async start(): Promise<void> {
    this.#subscriptions = [
      this.#onCommitted((change) => this.#note(change)),
      ...(this.#views ? [this.#views.onChanged(() => this.#noteViews())] : []),
      ...(this.#emptyFolders ? [this.#emptyFolders.onChanged(() => this.#noteLayout())] : []),
    ]
    const first = this.#build({ rows: this.#reader.readAll(), changed: [] }).finally(() => {
      this.#running = undefined
    })
    this.#running = first
    try {
      await first
    } catch (error) {
      this.#unsubscribe()
      throw toAppError(error)
    }
    this.#auditTimer.arm(AUDIT_MS)
    if (this.#isDue()) this.#run()
  }

  /** Called after each swap, with the tree that is current then. */
  onSwapped(listener: (tree: Tree) => void): Disposable {
    return this.#swapped.add(listener)
  }

  /** Resolves when every change committed so far is in `current`, or its build has failed. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Stops a running build; the tree stays readable. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#unsubscribe()
    this.#retryTimer.dispose()
    this.#auditTimer.dispose()
    this.#viewTimer.dispose()
    await this.#running?.catch(() => {}) // aborted: whoever awaits the first build hears of it
  }

  #note(change: LibraryChange): void {
    for (const item of change.items) this.#noteItem(item)
    this.#run()
  }

  #noteItem(item: LibraryItem): void {
    const key = itemKey(item)
    this.#changed.delete(key)
    this.#changed.set(key, item)
  }

  #noteViews(): void {
    if (this.#isViewTimerArmed) return
    this.#isViewTimerArmed = true
    this.#viewTimer.arm(VIEWS_MS)
  }

  #noteLayout(): void {
    this.#isLayoutDue = true
    this.#run()
  }

  #unsubscribe(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
  }

  #isDue(): boolean {
    return this.#auditCause !== undefined || this.#isPatchDue()
  }

  #isPatchDue(): boolean {
    return this.#changed.size > 0 || this.#isLayoutDue
  }

  #run(): void {
    if (this.#running || this.#closing.signal.aborted) return
    this.#running = this.#drain().finally(() => {
      this.#running = undefined
    })
  }

  /** Builds until nothing is due. Never rejects. */
  async #drain(): Promise<void> {
    do {
      await nextTurn() // the commits of one tick become one build
      if (this.#closing.signal.aborted) return
      this.#retryTimer.disarm()
      try {
        if (this.#auditCause) await this.#audit(this.#auditCause)
        else await this.#patch()
        this.#retryMs = FIRST_RETRY_MS
      } catch (error) {
        if (this.#closing.signal.aborted) return
        this.#onFailure(error)
        return
      }
    } while (this.#isDue())
  }

  /** Items and views that may be others. */
  async #patch(): Promise<void> {
    // The last come first: what a person adds is seen before the rest of what was imported.
    const batch = [...this.#changed].slice(-BATCH_ITEMS)
    for (const [key] of batch) this.#changed.delete(key)
    const changed = batch.map(([, item]) => item)
    await this.#build({ rows: changed.length > 0 ? this.#reader.readItems(changed) : [], changed })
  }

  /** Compares the whole library with the tree; what differs is built next. What is committed meanwhile does not wait. */
  async #audit(cause: AuditCause): Promise<void> {
    this.#auditCause = undefined
    let isQuiet = this.#changed.size === 0
    const patch = () => {
      isQuiet = false
      return this.#patch()
    }
    const options = {
      clock: this.#clock,
      sliceMs: this.#sliceMs,
      between: () => (this.#isPatchDue() ? patch() : undefined),
    }
    const work = differences(() => this.#current, this.#reader.readAll())
    const items = await runInSlices(work, options, this.#closing.signal)
    if (cause === 'timer' && isQuiet && this.#changed.size === 0 && items.length > 0) {
      this.#logger.warn('the tree had missed changes of the library', { items: items.length })
    }
    for (const item of items) this.#noteItem(item)
    this.#auditTimer.arm(AUDIT_MS)
  }

  async #build(change: TreeChange): Promise<void> {
    const startMs = this.#clock.monotonicMs()
    const previous = this.#current
    this.#isLayoutDue = false
    const work = buildTree(previous, change, this.#clock.nowMs(), this.#layout)
    const next = await runInSlices(work, { clock: this.#clock, sliceMs: this.#sliceMs }, this.#closing.signal)
    const durationMs = this.#clock.monotonicMs() - startMs
    this.#metrics.add('tree_builds_total')
    this.#metrics.observe('tree_build_seconds', durationMs / 1000)
    if (next === previous) return
    this.#current = next
    this.#logger.debug('tree built', {
      version: next.version,
      entries: next.entries,
      durationMs: Math.round(durationMs),
    })
    this.#announce(next)
  }

  #announce(tree: Tree): void {
    try {
      this.#swapped.emit(tree)
    } catch (error) {
      this.#logger.error('a listener of the tree failed', { err: error })
    }
  }

  #onFailure(error: unknown): void {
    this.#metrics.add('tree_build_failures_total')
    this.#logger.error('tree build failed, the previous tree stays', { err: error, retryMs: this.#retryMs })
    this.#auditCause = 'failure'
    this.#isLayoutDue = true
    this.#retryTimer.arm(this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
  }
}
