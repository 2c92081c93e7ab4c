import type { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import type { Clock } from '../../domain/clock.ts'
import { BLOCK_BYTES } from '../../domain/piece-layout.ts'
import type { TorrentInfo } from '../../domain/torrent.ts'
import type { BlockPeer } from '../schedule/block-peer.ts'
import { BlockTaker } from './block-taker.ts'
import { fetchRange } from './fetch-range.ts'
import { fileUrl, segmentsOf } from './web-seed-url.ts'

/** Requests at a time: while one is answered the other is on its way. */
const MAX_RUNS = 2
/** Of a second request at a time: small ones cost more than they bring. */
const MIN_RUN_BLOCKS = 32
/** Of one request: a seek should not wait for more. */
const MAX_RUN_BYTES = 4 * 1024 * 1024
const ZEROS = Buffer.alloc(BLOCK_BYTES)

export interface WebSeedOptions {
  /** Checked by `isWebSeedUrl`. */
  readonly url: string
  readonly info: TorrentInfo
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
  readonly clock: Clock
  /** `data` is not kept. A throw ends the run as a failure does. */
  onBlock(seed: WebSeed, piece: number, offsetBytes: number, data: Uint8Array): void
  /** Blocks came; the seed has room for others. */
  onProgress(seed: WebSeed): void
  /** It gives nothing more of what it was asked until it is asked anew. */
  onFailed(seed: WebSeed, error: unknown): void
}

/** Blocks next to each other, asked in one request per file. */
interface Run {
  readonly startBytes: number
  readonly endBytes: number
  /** Starts of blocks that are still wanted, and did not come yet. */
  readonly wanted: Set<number>
  readonly controller: AbortController
}

/** An HTTP server that has the files (BEP 19), as a peer of the scheduler: it has every piece and never chokes. */
export class WebSeed implements BlockPeer {
  readonly requestQueue = 512
  readonly answersAll = true
  readonly #options: WebSeedOptions
  /** Length by where each block starts in the torrent, in the order of asking. */
  readonly #queue = new Map<number, number>()
  readonly #runs = new Set<Run>()

  constructor(options: WebSeedOptions) {
    this.#options = options
  }

  get address(): string {
    return this.#options.url
  }

  has(): boolean {
    return true
  }

  request(piece: number, offsetBytes: number, lengthBytes: number): void {
    this.#queue.set(this.#options.info.layout.pieceStart(piece) + offsetBytes, lengthBytes)
  }

  cancel(piece: number, offsetBytes: number): void {
    const start = this.#options.info.layout.pieceStart(piece) + offsetBytes
    if (this.#queue.delete(start)) return
    for (const run of this.#runs) {
      if (run.wanted.delete(start) && run.wanted.size === 0) run.controller.abort(new Error('nothing of it is wanted'))
    }
  }

  flush(): void {
    while (this.#runs.size < MAX_RUNS && this.#queue.size >= (this.#runs.size === 0 ? 1 : MIN_RUN_BLOCKS)) {
      void this.#run(this.#nextRun())
    }
  }

  /** Asks for nothing more; what was asked is forgotten. */
  stop(): void {
    this.#queue.clear()
    for (const run of this.#runs) {
      run.wanted.clear()
      run.controller.abort(new Error('stopped'))
    }
    this.#runs.clear()
  }

  #nextRun(): Run {
    const startBytes = this.#queue.keys().next().value ?? 0
    const wanted = new Set<number>()
    let endBytes = startBytes
    for (;;) {
      const lengthBytes = this.#queue.get(endBytes)
      if (lengthBytes === undefined || endBytes - startBytes >= MAX_RUN_BYTES) break
      this.#queue.delete(endBytes)
      wanted.add(endBytes)
      endBytes += lengthBytes
    }
    return { startBytes, endBytes, wanted, controller: new AbortController() }
  }

  async #run(run: Run): Promise<void> {
    this.#runs.add(run)
    try {
      await this.#fetch(run)
    } catch (error) {
      if (this.#runs.delete(run) && !run.controller.signal.aborted) this.#options.onFailed(this, error)
    }
    this.#runs.delete(run)
    this.flush()
  }

  async #fetch(run: Run): Promise<void> {
    const { info, url, httpAgent, httpsAgent, clock } = this.#options
    const { layout, files } = info
    const taker = new BlockTaker(layout, run.startBytes, (startBytes, data) => {
      if (!run.wanted.delete(startBytes)) return
      const piece = layout.pieceAt(startBytes)
      this.#options.onBlock(this, piece, startBytes - layout.pieceStart(piece), data)
    })
    const take = (bytes: Uint8Array) => {
      const before = run.wanted.size
      taker.take(bytes)
      if (run.wanted.size < before) this.#options.onProgress(this)
    }
    for (const { file, start, end } of segmentsOf(layout, files, { start: run.startBytes, end: run.endBytes })) {
      if (file.isPad) {
        for (let at = start; at < end; at += ZEROS.length) take(ZEROS.subarray(0, end - at))
        continue
      }
      const request = { url: fileUrl(url, files, file), start, end, httpAgent, httpsAgent, clock, onData: take }
      await fetchRange(request, run.controller.signal)
    }
  }
}
