import type { Clock, Timer } from '../../domain/clock.ts'
import type { Logger } from '../../domain/logger.ts'
import { type DiskDescriptors, LostFileError } from './disk-descriptors.ts'
import { isIntact } from './disk-hash.ts'
import type { DiskIo } from './disk-io.ts'
import type { DiskPiece } from './disk-piece.ts'
import type { DiskPieces } from './disk-pieces.ts'
import { eachOf } from './disk-slots.ts'
import type { PieceHashes } from './piece-store.ts'

const CHECKPOINT_MS = 10_000
const SYNCS_AT_A_TIME = 4
const HASHES_AT_A_TIME = 2

export interface DiskCheckpointsOptions {
  readonly pieces: DiskPieces
  readonly descriptors: DiskDescriptors
  readonly io: DiskIo
  readonly clock: Clock
  readonly logger: Logger
  /** Writes the have-maps and the index; never rejects. */
  writeMaps(): Promise<void>
}

/** Makes written pieces durable some seconds after they came, and proves those that a crash left in doubt. */
export class DiskCheckpoints {
  readonly #options: DiskCheckpointsOptions
  readonly #timer: Timer
  /** Written, verified, not durable yet; some may have been dropped since. */
  readonly #unsettled = new Set<DiskPiece>()
  #running: Promise<void> = Promise.resolve()
  #isRunning = false
  #isClosed = false

  constructor(options: DiskCheckpointsOptions) {
    this.#options = options
    this.#timer = options.clock.timer(() => {
      this.#running = this.#run(Number.POSITIVE_INFINITY)
    })
  }

  add(piece: DiskPiece): void {
    this.#unsettled.add(piece)
    this.#arm()
  }

  /** Waits for the checkpoint under way, if any. */
  idle(): Promise<void> {
    return this.#running
  }

  /** One last checkpoint, of at most `syncMs`: what is not durable by then is hashed when it is next opened. */
  async close(syncMs: number): Promise<void> {
    this.#isClosed = true
    this.#timer.dispose()
    await this.#running
    await this.#run(this.#options.clock.monotonicMs() + syncMs)
  }

  /** Hashes, on Node's thread pool, those of the pieces that a crash left in doubt; drops what is not what it should be. */
  async verify(pieces: readonly DiskPiece[], hashes: PieceHashes): Promise<void> {
    await eachOf(pieces, HASHES_AT_A_TIME, (piece) => this.#verify(piece, hashes))
  }

  #arm(): void {
    if (!this.#isRunning && !this.#isClosed && this.#unsettled.size === 1) this.#timer.arm(CHECKPOINT_MS)
  }

  async #run(untilMs: number): Promise<void> {
    this.#isRunning = true
    await eachOf([...this.#unsettled], SYNCS_AT_A_TIME, async (piece) => {
      if (this.#options.clock.monotonicMs() >= untilMs) return
      this.#unsettled.delete(piece)
      await this.#settle(piece)
    })
    await this.#options.writeMaps()
    this.#isRunning = false
    if (this.#unsettled.size > 0 && !this.#isClosed) this.#timer.arm(CHECKPOINT_MS)
  }

  /** Makes the piece durable and gives it the name that says so. A failure leaves it `new`: it is hashed after the next start. */
  async #settle(piece: DiskPiece): Promise<void> {
    if (!piece.isStored) return
    const { pieces, descriptors, io, logger } = this.#options
    piece.users++
    try {
      await descriptors.sync(piece)
      if (!piece.isStored) return
      piece.moving = io.rename(piece.newPath, piece.settledPath).then(
        () => {
          piece.file = 'settled'
        },
        (error: unknown) => logger.warn('a piece cannot be made durable', { path: piece.path, err: error }),
      )
      await piece.moving
    } catch (error) {
      if (error instanceof LostFileError) pieces.drop(piece)
      else logger.warn('a piece cannot be made durable', { path: piece.path, err: error })
    } finally {
      piece.moving = undefined
      piece.users--
    }
  }

  async #verify(piece: DiskPiece, hashes: PieceHashes): Promise<void> {
    if (piece.isVerified || !piece.isStored) return
    const { pieces, descriptors } = this.#options
    if (await isIntact(piece, descriptors, hashes)) {
      piece.isVerified = true
      this.add(piece)
    } else pieces.drop(piece)
  }
}
