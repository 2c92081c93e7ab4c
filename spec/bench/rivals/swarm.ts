import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeBencoded } from '../../../lib/torrent/metadata/bencode.ts'
import { endChild } from '../real-seeder.ts'

export interface SeederOrder {
  readonly name: string
  readonly totalBytes: number
  readonly pieceBytes: number
  /** A file whose bytes are the torrent's, instead of made-up ones. */
  readonly contentPath?: string
  readonly trackerUrl: string
  readonly metadataPath: string
}

export interface SeederPeer {
  readonly host: string
  readonly roundTripMs: number
  readonly bytesPerS?: number
}

/** New seeders instead of those before; or how many bytes these have sent of the torrent's first so many. */
export type SeederRequest = readonly SeederPeer[] | { readonly sentBefore: number }

/** One torrent, its seeders in a process of their own, and the tracker that tells of them: the same way for every system. */
export interface BenchSwarm {
  readonly name: string
  readonly totalBytes: number
  readonly metadata: Buffer
  readonly metadataPath: string
  /** Ends the seeders of before. */
  seed(peers: readonly SeederPeer[]): Promise<void>
  /** By these seeders, whether it arrived or not: of the torrent's first so many bytes, or of all. */
  sentBytes(beforeBytes?: number): Promise<number>
  close(): Promise<void>
}

/** Answers every announce with the present peers (BEP 23). */
async function startTracker(): Promise<{
  readonly url: string
  tell(addresses: readonly string[]): void
  close(): void
}> {
  let peers = Buffer.alloc(0)
  const server = createServer((_, response) => response.end(Buffer.from(encodeBencoded({ interval: 600, peers }))))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`,
    tell(addresses) {
      peers = Buffer.concat(
        addresses.map((address) => {
          const [host = '', port] = address.split(':')
          return Buffer.from([...host.split('.').map(Number), Number(port) >> 8, Number(port) & 255])
        }),
      )
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

export async function startSwarm(
  directory: string,
  torrent: Omit<SeederOrder, 'trackerUrl' | 'metadataPath'>,
): Promise<BenchSwarm> {
  const tracker = await startTracker()
  const metadataPath = join(directory, 'film.torrent')
  const order: SeederOrder = { ...torrent, trackerUrl: tracker.url, metadataPath }
  const child = fork(fileURLToPath(new URL('seeder-process.ts', import.meta.url)), [JSON.stringify(order)])
  const reply = async <T>(): Promise<T> => {
    const ended = new AbortController()
    const onExit = () => ended.abort(new Error('the seeder ended'))
    child.once('exit', onExit)
    try {
      const [message] = (await once(child, 'message', { signal: ended.signal })) as [{ readonly reply: T }]
      return message.reply
    } finally {
      child.removeListener('exit', onExit)
    }
  }
  const ask = <T>(request: SeederRequest): Promise<T> => {
    child.send(request)
    return reply<T>()
  }
  const totalBytes = await reply<number>()
  return {
    name: torrent.name,
    totalBytes,
    metadata: readFileSync(metadataPath),
    metadataPath,
    seed: async (peers) => tracker.tell(await ask<string[]>(peers)),
    sentBytes: (beforeBytes = totalBytes) => ask<number>({ sentBefore: beforeBytes }),
    async close() {
      tracker.close()
      await endChild(child)
    },
  }
}
