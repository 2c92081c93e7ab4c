import { readFile, rename, writeFile } from 'node:fs/promises'
import { type InfoHash, infoHash } from '../../domain/ids.ts'
import type { Logger } from '../../domain/logger.ts'
import { parsePeerAddress } from './peer-address.ts'

const MAX_PEERS = 50
const MAX_TORRENTS = 2000

export interface KeptPeersOptions {
  readonly path: string
  readonly logger: Logger
}

/** The peers that gave each torrent most, kept over restarts in one small file: whom a torrent that wakes dials first. */
export class KeptPeers {
  readonly #options: KeptPeersOptions
  /** The torrents that were online last stand last. */
  readonly #torrents = new Map<InfoHash, readonly string[]>()
  #writing: Promise<void> | undefined
  #isChanged = false

  constructor(options: KeptPeersOptions) {
    this.#options = options
  }

  /** A file that is missing is an empty one, and a damaged one too. */
  async load(): Promise<void> {
    const content = await readFile(this.#options.path, 'utf8').catch(() => undefined)
    if (content === undefined) return
    try {
      const { version, torrents } = JSON.parse(content) as Record<string, unknown>
      if (version !== 1 || !Array.isArray(torrents)) throw new TypeError('not a list of peers')
      for (const [hash, peers] of torrents.slice(-MAX_TORRENTS) as [unknown, unknown][]) {
        const addresses = Array.isArray(peers) ? peers.filter((peer) => parsePeerAddress(String(peer))) : []
        this.#torrents.set(infoHash(String(hash)), addresses.slice(0, MAX_PEERS).map(String))
      }
    } catch (error) {
      this.#options.logger.warn('the kept peers are damaged and ignored', { path: this.#options.path, err: error })
    }
  }

  /** `host:port`, the most useful first. */
  of(hash: InfoHash): readonly string[] {
    return this.#torrents.get(hash) ?? []
  }

  /** Replaces what is kept of the torrent, unless there is nothing to keep. Written at once when others are among them. */
  keep(hash: InfoHash, addresses: readonly string[]): void {
    const kept = addresses.slice(0, MAX_PEERS)
    if (kept.length === 0) return
    const isChanged = [...kept].sort().join() !== [...this.of(hash)].sort().join()
    this.#torrents.delete(hash)
    this.#torrents.set(hash, kept)
    for (const oldest of this.#torrents.keys()) {
      if (this.#torrents.size <= MAX_TORRENTS) break
      this.#torrents.delete(oldest)
    }
    if (isChanged) this.#change()
  }

  forget(hash: InfoHash): void {
    if (this.#torrents.delete(hash)) this.#change()
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#writing
  }

  /** Changes during a write are written together after it. */
  #change(): void {
    this.#isChanged = true
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  async #write(): Promise<void> {
    const { path, logger } = this.#options
    while (this.#isChanged) {
      this.#isChanged = false
      try {
        await writeFile(`${path}.tmp`, JSON.stringify({ version: 1, torrents: [...this.#torrents] }))
        await rename(`${path}.tmp`, path)
      } catch (error) {
        logger.warn('the peers cannot be kept', { path, err: error })
      }
    }
  }
}
