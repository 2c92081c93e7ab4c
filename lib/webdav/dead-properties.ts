import { readFile, rename, writeFile } from 'node:fs/promises'
import { AppError } from '../domain/errors.ts'

/** One step of a PROPPATCH: the whole element, or undefined to remove it. */
export interface PropertyChange {
  /** Clark name. */
  readonly name: string
  readonly xml: string | undefined
}

const MAX_CHARS = 4 * 1024 * 1024
const NONE: ReadonlyMap<string, string> = new Map()

/**
 * Dead properties (RFC 4918 section 4) of a directory's resources, by path. Held in memory and written whole, to a new
 * file that replaces the old one, after each change.
 */
export class DeadProperties {
  readonly #file: string
  #byPath = new Map<string, ReadonlyMap<string, string>>()
  #chars = 0
  #saving: Promise<void> = Promise.resolve()

  constructor(file: string) {
    this.#file = file
  }

  /** A file that is missing or that is not ours reads as empty. */
  async load(): Promise<void> {
    let stored: unknown
    try {
      stored = JSON.parse(await readFile(this.#file, 'utf8'))
    } catch {
      return
    }
    if (typeof stored !== 'object' || stored === null) return
    for (const [path, properties] of Object.entries(stored)) {
      if (typeof properties !== 'object' || properties === null) continue
      const entries = Object.entries(properties).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      )
      this.#set(path, new Map(entries))
    }
  }

  get(path: string): ReadonlyMap<string, string> {
    return this.#byPath.get(path) ?? NONE
  }

  /** All of the changes, in order, or none. Fails with `storage_full`. */
  async update(path: string, changes: readonly PropertyChange[]): Promise<void> {
    const properties = new Map(this.get(path))
    for (const { name, xml } of changes) {
      if (xml === undefined) properties.delete(name)
      else properties.set(name, xml)
    }
    const grown = charsOf(properties) - charsOf(this.get(path))
    if (grown > 0 && this.#chars + grown > MAX_CHARS) throw new AppError('storage_full', 'too many properties')
    this.#set(path, properties)
    await this.#save()
  }

  async remove(path: string): Promise<void> {
    const gone = this.#under(path)
    if (gone.length === 0) return
    for (const key of gone) this.#set(key, NONE)
    await this.#save()
  }

  /** Throws `storage_full` when a copy would be more than is kept. */
  assertRoomToCopy(from: string, to: string, isDeep: boolean): void {
    const grown = this.#charsOf(this.#source(from, isDeep)) - this.#charsOf(this.#under(to))
    if (grown > 0 && this.#chars + grown > MAX_CHARS) throw new AppError('storage_full', 'too many properties')
  }

  /** What `to` had before is replaced. `isDeep` takes everything below along. */
  async copy(from: string, to: string, isDeep: boolean): Promise<void> {
    const moved = this.#source(from, isDeep)
    const replaced = this.#under(to)
    if (moved.length === 0 && replaced.length === 0) return
    const copies = moved.map((key) => [to + key.slice(from.length), this.get(key)] as const)
    for (const key of replaced) this.#set(key, NONE)
    for (const [key, properties] of copies) this.#set(key, properties)
    await this.#save()
  }

  async move(from: string, to: string): Promise<void> {
    await this.copy(from, to, true)
    await this.remove(from)
  }

  /** Resolves when everything is on disk. */
  async close(): Promise<void> {
    await this.#saving
  }

  #source(path: string, isDeep: boolean): readonly string[] {
    return this.#under(path).filter((key) => isDeep || key === path)
  }

  #charsOf(keys: readonly string[]): number {
    return keys.reduce((chars, key) => chars + charsOf(this.get(key)), 0)
  }

  #under(path: string): readonly string[] {
    return [...this.#byPath.keys()].filter((key) => key === path || key.startsWith(`${path}/`))
  }

  #set(path: string, properties: ReadonlyMap<string, string>): void {
    this.#chars += charsOf(properties) - charsOf(this.get(path))
    if (properties.size === 0) this.#byPath.delete(path)
    else this.#byPath.set(path, properties)
  }

  #save(): Promise<void> {
    const saved = this.#saving.then(async () => {
      const json = JSON.stringify(
        Object.fromEntries([...this.#byPath].map(([path, properties]) => [path, Object.fromEntries(properties)])),
      )
      await writeFile(`${this.#file}.new`, json)
      await rename(`${this.#file}.new`, this.#file)
    })
    this.#saving = saved.catch(() => {}) // whoever asked hears of it; the next change writes all of it again
    return saved
  }
}

function charsOf(properties: ReadonlyMap<string, string>): number {
  let chars = 0
  for (const [name, xml] of properties) chars += name.length + xml.length
  return chars
}
