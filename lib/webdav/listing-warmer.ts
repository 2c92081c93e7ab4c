import type { Clock, Timer } from '../domain/clock.ts'
import { nextTurn } from '../domain/slices.ts'
import type { DirectoryNode, Tree } from '../domain/tree.ts'
import type { ListingCache } from './listing-cache.ts'
import type { PropertySet } from './properties.ts'

export interface ListingWarmerOptions {
  readonly cache: ListingCache
  readonly clock: Clock
  /** What large directories are rendered for before anyone asked; the most likely first. */
  readonly sets: readonly PropertySet[]
}

/** A smaller directory is rendered within a millisecond or two when it is asked for. */
const MIN_CHILDREN = 256
/** Answers that nobody asked for yet take no more than this. */
const MAX_BYTES = 24 * 1024 * 1024
const SLICE_MS = 2
/** While the library changes all the time, as when a thousand torrents are added, the work is left to who asks. */
const QUIET_MS = 200
/** Children looked at between two yields. */
const STEP = 256

/**
 * Renders the answers of large directories before they are asked for: at the start those of the sets that clients are
 * known to ask for, after each swap of the tree all that the cache holds of directories that changed. In slices of 2 ms
 * with a turn of the event loop between them; the next swap ends it and begins anew.
 */
export class ListingWarmer {
  readonly #cache: ListingCache
  readonly #clock: Clock
  readonly #sets: readonly PropertySet[]
  readonly #timer: Timer
  /** Directories looked at: nothing below them can be new. */
  readonly #seen = new WeakSet<DirectoryNode>()
  #latest: Tree | undefined
  #running: Promise<void> | undefined
  #isClosed = false

  constructor({ cache, clock, sets }: ListingWarmerOptions) {
    this.#cache = cache
    this.#clock = clock
    this.#sets = sets
    this.#timer = clock.timer(() => this.#start())
  }

  /** Resolves when the answers of `tree` are there, at once when it has no large directory. Never rejects. */
  async warm(tree: Tree): Promise<void> {
    this.#latest = tree
    this.#start()
    await this.#running
  }

  /** To be called with each new tree: its answers are rendered once no further one came for a while. */
  onSwapped(tree: Tree): void {
    if (this.#isClosed) return
    this.#latest = tree
    this.#timer.arm(QUIET_MS)
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer.dispose()
    await this.#running
  }

  #start(): void {
    const tree = this.#latest
    if (!tree || this.#isClosed) return
    const before = this.#running
    const running: Promise<void> = this.#render(tree, before).finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
  }

  /** `before` sees at its next turn that its tree is not the latest. */
  async #render(tree: Tree, before: Promise<void> | undefined): Promise<void> {
    await before
    const work = this.#work(tree)
    while (!this.#isClosed && this.#latest === tree) {
      const startedMs = this.#clock.monotonicMs()
      let step = work.next()
      while (!step.done && this.#clock.monotonicMs() - startedMs < SLICE_MS) step = work.next()
      if (step.done) return
      await nextTurn()
    }
  }

  *#work(tree: Tree): Generator<void, void> {
    for (const listing of this.#cache.kept()) {
      const node = tree.find(decodeURIComponent(listing.directory.href))
      if (node?.kind === 'directory') yield* this.#cache.prepare(node, listing.properties)
      else this.#cache.forget(listing)
    }
    yield* this.#prepareBelow(tree.root)
  }

  *#prepareBelow(directory: DirectoryNode): Generator<void, void> {
    if (this.#seen.has(directory)) return
    if (directory.children.size >= MIN_CHILDREN) {
      for (const set of this.#sets) {
        if (this.#cache.keptBytes < MAX_BYTES) yield* this.#cache.prepare(directory, set)
      }
    }
    let looked = 0
    for (const child of directory.children.values()) {
      if (child.kind === 'directory') yield* this.#prepareBelow(child)
      looked += 1
      if (looked % STEP === 0) yield
    }
    this.#seen.add(directory)
  }
}
