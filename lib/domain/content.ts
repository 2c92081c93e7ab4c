import type { Disposable } from './disposable.ts'
import type { AnyContentId } from './ids.ts'
import type { ByteRange } from './ranges.ts'

/** An open read of one file. Independent of every other reader; a seek is a `read` elsewhere. */
export interface ContentReader {
  readonly sizeBytes: number
  /**
   * Fills `target` from `positionBytes` of the file as far as one step gives, at least one byte; returns the count,
   * 0 only at the end of the file. Waits for the swarm. Fails with `timeout` when nothing came for the configured time,
   * `unavailable` when the torrent cannot be reached (paused by a person, removed), or the signal's reason.
   */
  read(target: Uint8Array, positionBytes: number, signal: AbortSignal): Promise<number>
  /** Withdraws its windows and its lease. Idempotent; a waiting `read` rejects with `aborted`. */
  close(): void
}

/** Where the bytes of a file come from. */
export interface ContentSource {
  /**
   * Opens one file for reading `range` of it (a hint: nothing past `range.end` is fetched ahead). Fails with `not_found`,
   * `unavailable` (paused by a person), or the signal's reason.
   */
  open(content: AnyContentId, range: ByteRange, signal: AbortSignal): Promise<ContentReader>
}

/** Whether somebody waits for bytes: then nothing else should ask the network for any. */
export interface ReadPressure {
  readonly isReaderWaiting: boolean
  /** Told when that changed. */
  onReaderWaiting(listener: () => void): Disposable
}

/** Buffers of one size, lent and given back: none is allocated while a returned one is free. */
export interface BufferPool {
  readonly bufferBytes: number
  take(): Uint8Array
  give(buffer: Uint8Array): void
}
