import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Clock, Timer } from '../domain/clock.ts'
import type { Disposable } from '../domain/disposable.ts'
import { isAppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import type { SidecarOwner, SidecarRole, SidecarStore, SidecarSubject } from '../domain/sidecars.ts'
import { ImageFetcher } from './image-fetcher.ts'
import type { ImageStore } from './image-store.ts'
import { MadeState } from './made-state.ts'
import { renderNfo } from './render-nfo.ts'
import { type WantedImage, wantedImages } from './wanted-images.ts'

export interface SidecarKeeperOptions {
  readonly store: SidecarStore
  readonly images: ImageStore
  /** Which there are at all. When they change, all sidecars are made anew. */
  readonly roles: readonly SidecarRole[]
  /** Of a small file that it keeps between runs; its directory is there. */
  readonly statePath: string
  readonly clock: Clock
  readonly logger: Logger
  /** Owners whose images are fetched at a time. Default 4. */
  readonly imageWorkers?: number
  /** In [0, 1), for the jitter. */
  readonly random?: () => number
}

type NewSidecars = Parameters<SidecarStore['saveSidecars']>[1]

/** By the key of an image; 0 for one that is not to be had. */
type ImageSizes = ReadonlyMap<string, number>

const BATCH = 32
/** No longer at a time on the event loop. */
const SLICE_MS = 3
const FAILED_STORE_MS = 60_000

const keyOf = ({ kind, path }: WantedImage): string => `${kind} ${path}`

/**
 * Sees to it that the library lists the sidecars that its metadata allows: after each commit, in small batches, what is
 * stale. Texts are listed at once, images as they are fetched. Nothing of it is held in memory but which owners lack
 * images; with nothing stale no timer runs.
 */
export class SidecarKeeper {
  readonly #store: SidecarStore
  readonly #images: ImageStore
  readonly #roles: ReadonlySet<SidecarRole>
  readonly #state: MadeState
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #fetcher: ImageFetcher
  readonly #timer: Timer
  #subscription: Disposable | undefined
  #phase: 'asleep' | 'running' | 'failed' | 'closed' = 'asleep'
  #running: Promise<void> = Promise.resolve()

  constructor(options: SidecarKeeperOptions) {
    this.#store = options.store
    this.#images = options.images
    this.#roles = new Set(options.roles)
    this.#clock = options.clock
    this.#logger = options.logger
    this.#state = new MadeState(options.statePath, this.#roles, options.logger)
    this.#timer = this.#clock.timer(() => this.#run())
    this.#fetcher = new ImageFetcher({
      fetch: (owner, signal) => this.#fetchImages(owner, signal),
      onDrained: () => this.#onImagesDrained(),
      clock: options.clock,
      logger: options.logger,
      workers: options.imageWorkers ?? 4,
      random: options.random ?? Math.random,
    })
  }

  /** Begins with what is stale. */
  start(): void {
    if (this.#subscription || this.#phase === 'closed') return
    if (!this.#state.isCurrent()) {
      this.#state.write(false)
      this.#store.forgetSidecars()
    }
    this.#subscription = this.#store.onCommitted(() => {
      if (this.#phase === 'asleep') this.#run()
    })
    this.#run()
  }

  /** What is not finished goes on at the next start. Idempotent. */
  async close(): Promise<void> {
    this.#phase = 'closed'
    this.#subscription?.dispose()
    this.#timer.dispose()
    await Promise.all([this.#running, this.#fetcher.close()])
  }

  #run(): void {
    this.#phase = 'running'
    this.#running = this.#makeAll()
  }

  async #makeAll(): Promise<void> {
    try {
      for (;;) {
        // A change of the library returns to its caller first.
        await setImmediate()
        if (this.#phase !== 'running') return
        const owners = this.#store.staleSidecars(BATCH)
        if (owners.length === 0) break
        await this.#makeBatch(owners)
      }
      this.#phase = 'asleep'
      if (this.#fetcher.isIdle) this.#state.write(true)
    } catch (error) {
      if (this.#phase !== 'running') return
      this.#phase = 'failed'
      this.#logger.warn('sidecars cannot be made now', { err: error, nextTryMs: FAILED_STORE_MS })
      this.#timer.arm(FAILED_STORE_MS)
    }
  }

  async #makeBatch(owners: readonly SidecarOwner[]): Promise<void> {
    let sliceEndMs = this.#clock.monotonicMs() + SLICE_MS
    for (const owner of owners) {
      if (this.#phase !== 'running') return
      await this.#make(owner)
      if (this.#clock.monotonicMs() < sliceEndMs) continue
      await setImmediate()
      sliceEndMs = this.#clock.monotonicMs() + SLICE_MS
    }
  }

  async #make(owner: SidecarOwner): Promise<void> {
    const subject = this.#store.sidecarSubject(owner)
    const wanted = subject ? wantedImages(subject, this.#roles) : []
    if (wanted.length === 0) return this.#save(owner, subject, new Map())
    const sizes = new Map<string, number>()
    for (const image of wanted) {
      const held = await this.#images.find(image.kind, image.path).catch(noneIfInvalid)
      if (held) sizes.set(keyOf(image), held.sizeBytes)
    }
    if (this.#phase === 'running') this.#save(owner, this.#store.sidecarSubject(owner), sizes)
  }

  /** The subject is that of this moment, since saving says that nothing is stale any more. */
  #save(owner: SidecarOwner, subject: SidecarSubject | undefined, sizes: ImageSizes): void {
    const sidecars: NewSidecars[number][] = []
    if (subject && this.#roles.has('nfo')) {
      const { bytes, tag } = renderNfo(subject)
      sidecars.push({ role: 'nfo', season: null, sizeBytes: bytes.length, tag, imagePath: null })
    }
    const images = subject ? wantedImages(subject, this.#roles) : []
    for (const image of images) {
      const { role, season, kind, path } = image
      const sizeBytes = sizes.get(keyOf(image))
      if (sizeBytes) sidecars.push({ role, season, sizeBytes, tag: imageTag(kind, path, sizeBytes), imagePath: path })
    }
    if (images.some((image) => !sizes.has(keyOf(image)))) {
      // Said before the library takes this owner for made: a crash in between must not lose its images.
      this.#state.write(false)
      this.#fetcher.add(owner)
    }
    this.#store.saveSidecars(owner, sidecars)
  }

  /** Listed together once all are there. One that the provider has no more is left out. */
  async #fetchImages(owner: SidecarOwner, signal: AbortSignal): Promise<void> {
    const sizes = new Map<string, number>()
    const named = this.#store.sidecarSubject(owner)
    for (const image of named ? wantedImages(named, this.#roles) : []) {
      const fetched = await this.#images.fetch(image.kind, image.path, signal).catch(noneIfGone)
      sizes.set(keyOf(image), fetched.sizeBytes)
    }
    this.#save(owner, this.#store.sidecarSubject(owner), sizes)
  }

  #onImagesDrained(): void {
    if (this.#phase === 'asleep') this.#state.write(true)
  }
}

const NONE = { sizeBytes: 0 }

function noneIfInvalid(error: unknown): typeof NONE {
  if (isAppError(error, 'invalid')) return NONE
  throw error
}

const noneIfGone = (error: unknown): typeof NONE => (isAppError(error, 'not_found') ? NONE : noneIfInvalid(error))

/** The provider gives another image another path. */
const imageTag = (kind: string, path: string, sizeBytes: number): string =>
  createHash('sha1').update(`${kind} ${path} ${sizeBytes}`).digest('hex').slice(0, 16)
