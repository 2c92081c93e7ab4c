import { open } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { fetched } from './curl.ts'

/** Reads a film as a player does, from a URL (each time over a connection of its own) or a path. */
export interface FilmReader {
  /**
   * The bytes of [start, end), thrown away; resolves with their count, less when the signal ends it. `isOpenEnded` asks a
   * web server for all from `start` on and hangs up at `end`, as players do.
   */
  read(start: number, end: number, signal: AbortSignal, isOpenEnded?: boolean): Promise<number>
  /** The same for a long range, by a program that takes little of the processor for it, as players do. */
  stream(start: number, end: number, maxMs: number): Promise<number>
  close(): Promise<void>
}

const STEP_BYTES = 128 * 1024

function overHttp(url: string): FilmReader {
  return {
    async read(start, end, signal, isOpenEnded = false) {
      const range = `bytes=${start}-${isOpenEnded ? '' : end - 1}`
      return await new Promise<number>((resolve, reject) => {
        let bytes = 0
        const onResponse = (response: IncomingMessage) => {
          if (response.statusCode !== 206) reject(new Error(`answered with ${response.statusCode}`))
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length
            if (bytes < end - start || !isOpenEnded) return
            asked.destroy()
            resolve(bytes)
          })
          response.once('end', () => resolve(bytes))
          response.once('error', () => resolve(bytes))
        }
        const asked = get(url, { agent: false, headers: { range }, signal }, onResponse)
        asked.once('error', (error) => (signal.aborted ? resolve(bytes) : reject(error)))
      })
    },
    stream: async (start, end, maxMs) =>
      (await fetched(new URL(url).href, { range: `${start}-${end - 1}`, maxMs })).bytes,
    close: async () => {},
  }
}

async function overFuse(path: string): Promise<FilmReader> {
  const file = await open(path)
  const buffer = Buffer.alloc(STEP_BYTES)
  const read = async (start: number, end: number, signal: AbortSignal): Promise<number> => {
    let position = start
    const controller = new AbortController()
    const ended = new Promise<undefined>((resolve) =>
      signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: controller.signal }),
    )
    while (position < end && !signal.aborted) {
      const step = await Promise.race([file.read(buffer, 0, Math.min(STEP_BYTES, end - position), position), ended])
      if (!step || step.bytesRead === 0) break
      position += step.bytesRead
    }
    controller.abort()
    return position - start
  }
  return {
    read,
    stream: (start, end, maxMs) => read(start, end, AbortSignal.timeout(maxMs)),
    // A read that the mount never answers would keep the close waiting.
    close: async () => void file.close().catch(() => {}),
  }
}

export const openFilm = async (location: string): Promise<FilmReader> =>
  location.startsWith('http:') ? overHttp(location) : await overFuse(location)
