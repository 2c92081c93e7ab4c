import { orAbort } from '../domain/abort.ts'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { InfoHash } from '../domain/ids.ts'
import type { TorrentSource } from '../domain/torrent.ts'
import type { ParsedTorrent } from './metadata/parse-metadata.ts'
import { readMetadata } from './metadata/read-metadata.ts'
import type { SwarmTorrent } from './swarm-torrent.ts'

export interface TorrentOpeningsOptions {
  readonly clock: Clock
  /** Opens one torrent. `offered` resolves when a caller brings its metadata, which need not be asked of the swarm then. */
  readonly open: (source: TorrentSource, offered: Promise<ParsedTorrent>, signal: AbortSignal) => Promise<SwarmTorrent>
}

interface Opening {
  readonly offer: (torrent: ParsedTorrent) => void
  readonly promise: Promise<SwarmTorrent>
  readonly controller: AbortController
  readonly startMs: number
  callers: number
}

/** The torrents that are being opened: each once for all who wait for it, and no longer than somebody does. */
export class TorrentOpenings {
  readonly #options: TorrentOpeningsOptions
  readonly #openings = new Map<InfoHash, Opening>()

  constructor(options: TorrentOpeningsOptions) {
    this.#options = options
  }

  /** What is being opened, and when that began, of the monotonic clock. */
  get startsMs(): readonly (readonly [InfoHash, number])[] {
    return [...this.#openings].map(([infoHash, { startMs }]) => [infoHash, startMs])
  }

  /** Fails as `open` does, with `invalid` for metadata of the source that is not its torrent's, or the signal's reason. */
  async join(source: TorrentSource, signal: AbortSignal): Promise<SwarmTorrent> {
    const { infoHash, metadata } = source
    const opening = this.#openings.get(infoHash) ?? this.#begin(source)
    opening.callers++
    try {
      if (metadata) opening.offer(await readMetadata(infoHash, metadata, this.#options.clock, signal))
      return await orAbort(opening.promise, signal)
    } finally {
      // With its last caller gone a search for metadata has no purpose.
      if (--opening.callers === 0) opening.controller.abort(new AppError('aborted', 'nobody waits for the torrent'))
    }
  }

  /** All who wait for it fail with the reason. */
  cancel(infoHash: InfoHash, reason: AppError): void {
    this.#openings.get(infoHash)?.controller.abort(reason)
  }

  /** As `cancel`, every one. Resolves when they have ended. */
  async close(reason: AppError): Promise<void> {
    const openings = [...this.#openings.values()]
    for (const { controller } of openings) controller.abort(reason)
    await Promise.allSettled(openings.map(({ promise }) => promise))
  }

  #begin(source: TorrentSource): Opening {
    const { open, clock } = this.#options
    const controller = new AbortController()
    let offer: Opening['offer'] = () => {}
    const offered = new Promise<ParsedTorrent>((resolve) => {
      offer = resolve
    })
    const promise = open(source, offered, controller.signal).finally(() => this.#openings.delete(source.infoHash))
    promise.catch(() => {}) // every caller may have left before it fails
    const opening: Opening = { offer, promise, controller, startMs: clock.monotonicMs(), callers: 0 }
    this.#openings.set(source.infoHash, opening)
    return opening
  }
}
