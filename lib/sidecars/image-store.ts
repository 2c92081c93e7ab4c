import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { orAbort, throwIfAborted } from '../domain/abort.ts'
import { AppError } from '../domain/errors.ts'
import type { HttpRequests } from '../domain/http.ts'

export interface ImageStoreOptions {
  readonly http: HttpRequests
  /** Made when the first image comes. */
  readonly directory: string
  /** Where images are; ends with `/`. */
  imageBaseUrl(signal: AbortSignal): Promise<string>
  /** A larger image is refused. Default 10 MiB. */
  readonly maxImageBytes?: number
}

/** A season's or a show's `poster`, the `fanart` behind a menu, an episode's `still`. */
export type ImageKind = 'poster' | 'fanart' | 'still'

export interface StoredImage {
  readonly path: string
  readonly sizeBytes: number
  readonly mediaType: string
}

/** TMDB's widths: sharp on a television, not more. */
const SIZES: Readonly<Record<ImageKind, string>> = { poster: 'w780', fanart: 'w1280', still: 'w300' }
const MAX_IMAGE_BYTES = 10 * 1024 * 1024
const IMAGE_PATH = /^\/([\w-]{1,200}\.[a-z]{3,4})$/
const HEAD_BYTES = 12

/** Images of the provider in a directory: each is fetched once, is there whole or not at all, and stays. */
export class ImageStore {
  readonly #directory: string
  readonly #imageBaseUrl: (signal: AbortSignal) => Promise<string>
  readonly #http: HttpRequests
  readonly #maxImageBytes: number
  readonly #fetching = new Map<string, Promise<StoredImage>>()
  readonly #closing = new AbortController()

  constructor(options: ImageStoreOptions) {
    this.#directory = options.directory
    this.#imageBaseUrl = (signal) => options.imageBaseUrl(signal)
    this.#http = options.http
    this.#maxImageBytes = options.maxImageBytes ?? MAX_IMAGE_BYTES
  }

  /** The image if it was fetched before; asks nobody. Throws `invalid` for a path that is none of the provider's. */
  async find(kind: ImageKind, imagePath: string): Promise<StoredImage | undefined> {
    const path = join(this.#directory, fileName(kind, imagePath))
    let file: Awaited<ReturnType<typeof open>>
    try {
      file = await open(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    try {
      const { size } = await file.stat()
      const head = Buffer.alloc(HEAD_BYTES)
      await file.read(head, 0, HEAD_BYTES, 0)
      const mediaType = mediaTypeOf(head)
      return mediaType === undefined ? undefined : { path, sizeBytes: size, mediaType }
    } finally {
      await file.close()
    }
  }

  /**
   * As `find`, fetching it when it is not there; several callers share one request. Fails with `invalid` (path),
   * `not_found`, `unavailable` (also for what is no image, or too large), `timeout`, or the signal's reason.
   */
  async fetch(kind: ImageKind, imagePath: string, signal: AbortSignal): Promise<StoredImage> {
    throwIfAborted(signal)
    throwIfAborted(this.#closing.signal)
    const name = fileName(kind, imagePath)
    let fetching = this.#fetching.get(name)
    if (!fetching) {
      fetching = this.#findOrFetch(kind, imagePath, name).finally(() => this.#fetching.delete(name))
      this.#fetching.set(name, fetching)
    }
    return await orAbort(fetching, signal)
  }

  /** Ends what is being fetched. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(new AppError('unavailable', 'the service is closing'))
    await Promise.allSettled(this.#fetching.values())
  }

  async #findOrFetch(kind: ImageKind, imagePath: string, name: string): Promise<StoredImage> {
    const held = await this.find(kind, imagePath)
    if (held) return held
    const { signal } = this.#closing
    const url = new URL(`${await this.#imageBaseUrl(signal)}${SIZES[kind]}${imagePath}`)
    const { body, mediaType } = await this.#http.send(
      { url, headers: { accept: 'image/*' }, maxBodyBytes: this.#maxImageBytes, read: readImage },
      signal,
    )
    const path = join(this.#directory, name)
    await mkdir(this.#directory, { recursive: true })
    try {
      await writeFile(`${path}.part`, body)
      await rename(`${path}.part`, path)
    } catch (error) {
      await rm(`${path}.part`, { force: true })
      throw error
    }
    return { path, sizeBytes: body.length, mediaType }
  }
}

function fileName(kind: ImageKind, imagePath: string): string {
  const [, name] = IMAGE_PATH.exec(imagePath) ?? []
  if (name === undefined) throw new AppError('invalid', 'not an image path')
  return `${kind}-${name}`
}

/** Throws for what is no image by its type or its first bytes. */
function readImage(body: Buffer, contentType: string): { readonly body: Buffer; readonly mediaType: string } {
  const mediaType = mediaTypeOf(body)
  if (!contentType.startsWith('image/') || mediaType === undefined) throw new Error(`no image: ${contentType}`)
  return { body, mediaType }
}

function mediaTypeOf(head: Buffer): string | undefined {
  if (head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'image/jpeg'
  if (head.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))) return 'image/png'
  if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP') return 'image/webp'
  return undefined
}
