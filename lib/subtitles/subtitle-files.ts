import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, isDiskFull } from '../domain/errors.ts'
import type { StoredSubtitle } from '../domain/subtitles.ts'

type Named = Pick<StoredSubtitle, 'id' | 'format'>

const NAME = /^(\d{1,15})\.[a-z]{3}$/

/** Texts of subtitles, each a file that is there whole or not at all. */
export class SubtitleFiles {
  readonly #directory: string
  #parts = 0

  /** The directory is made when the first text comes. */
  constructor(directory: string) {
    this.#directory = directory
  }

  path({ id, format }: Named): string {
    return join(this.#directory, `${id}.${format}`)
  }

  /** Writes a text that has no name yet; `keep` or `discard` follows. Fails with `storage_full`. */
  async write(bytes: Uint8Array): Promise<string> {
    await mkdir(this.#directory, { recursive: true })
    const part = join(this.#directory, `${this.#parts++}.part`)
    try {
      await writeFile(part, bytes, { flush: true })
      return part
    } catch (error) {
      await this.discard(part)
      throw isDiskFull(error) ? new AppError('storage_full', 'no room for the subtitle', error) : error
    }
  }

  /** Gives the text its name, in place of what the subtitle had. */
  async keep(part: string, subtitle: Named): Promise<void> {
    await rename(part, this.path(subtitle))
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name)
      if (idOf(name) === subtitle.id && path !== this.path(subtitle)) await rm(path, { force: true })
    }
  }

  async discard(part: string): Promise<void> {
    await rm(part, { force: true })
  }

  async remove(subtitle: Named): Promise<void> {
    await rm(this.path(subtitle), { force: true })
  }

  /** Removes all but the texts of these subtitles. Returns the ids that have none. */
  async sweep(ids: readonly number[]): Promise<readonly number[]> {
    const missing = new Set(ids)
    const known = new Set(ids)
    for (const name of await this.#names()) {
      const id = idOf(name)
      if (id !== undefined && known.has(id)) missing.delete(id)
      else if (id !== undefined || name.endsWith('.part')) await rm(join(this.#directory, name), { force: true })
    }
    return [...missing]
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#directory)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }
}

function idOf(name: string): number | undefined {
  const [, id] = NAME.exec(name) ?? []
  return id === undefined ? undefined : Number(id)
}
