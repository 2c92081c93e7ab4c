import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { constants } from 'node:fs'
import { cp, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import mime from 'mime'
import type { ContentReader } from '../domain/content.ts'
import { type Disposable, Listeners } from '../domain/disposable.ts'
import { AppError } from '../domain/errors.ts'
import { throwInboxError } from './inbox-errors.ts'
import { FileReader, FileWriter } from './inbox-file-io.ts'
import { type DirectoryResource, encodePath, type FileResource, type Resource } from './resource.ts'

export interface InboxLimits {
  readonly maxFileBytes: number
  readonly maxTotalBytes: number
  /** Files and directories. */
  readonly maxEntries: number
}

export const DEFAULT_INBOX_LIMITS: InboxLimits = {
  maxFileBytes: 256 * 1024 * 1024,
  maxTotalBytes: 1024 * 1024 * 1024,
  maxEntries: 2000,
}

/** What an upload ends with that is larger than one file may be, or than the room left, or that the file system refuses. */
export interface WriteFailures {
  readonly tooLarge: Error
  readonly full: Error
  of(error: Error): Error
}

/** Holds uploads that are under way, and the properties' file. No request reaches it. */
const PRIVATE_NAME = '.momoshtrem'

type Segments = readonly string[]

/**
 * A real directory that clients may change. Paths are checked names below it; no symbolic link is followed, and what is
 * neither a file nor a directory does not exist. A file appears whole: it is written aside and renamed. Every method
 * fails with `not_found`, `conflict` (the parent is missing, or the target is in the way) or `storage_full`.
 */
export class InboxDirectory {
  readonly name: string
  readonly propertiesFile: string
  readonly #root: string
  readonly #private: string
  readonly #limits: InboxLimits
  readonly #completed = new Listeners<string>()

  /** `name` is what the directory is called at the root of the drive. */
  constructor(directory: string, name: string, limits: InboxLimits) {
    this.name = name
    this.#root = directory
    this.#private = join(directory, PRIVATE_NAME)
    this.propertiesFile = join(this.#private, 'properties.json')
    this.#limits = limits
  }

  get limits(): InboxLimits {
    return this.#limits
  }

  /** Makes the directory, and removes what an unclean end left of uploads. */
  async start(): Promise<void> {
    await mkdir(this.#private, { recursive: true })
    await rm(join(this.#private, 'uploads'), { recursive: true, force: true })
    await mkdir(join(this.#private, 'uploads'))
  }

  /** Called with the path on disk of every file that was written completely, moved or copied here. */
  onFile(listener: (path: string) => void): Disposable {
    return this.#completed.add(listener)
  }

  async stat(segments: Segments): Promise<Resource | undefined> {
    const stats = await this.#lstat(segments)
    return stats && this.#resource(segments, stats)
  }

  /** What is there and can be reached, in the order of the names. */
  async list(segments: Segments): Promise<readonly Resource[]> {
    if (!(await this.#lstat(segments))?.isDirectory()) throw new AppError('not_found', 'no such directory')
    const names = (await readdir(this.#path(segments)).catch(throwInboxError))
      .filter((name) => name !== PRIVATE_NAME)
      .sort()
    const resources: Resource[] = []
    for (const name of names) {
      const resource = await this.stat([...segments, name])
      if (resource) resources.push(resource)
    }
    return resources
  }

  async openReader(segments: Segments): Promise<ContentReader> {
    if (!(await this.#lstat(segments))?.isFile()) throw new AppError('not_found', 'no such file')
    const handle = await open(this.#path(segments), constants.O_RDONLY | constants.O_NOFOLLOW).catch(throwInboxError)
    return new FileReader(handle, (await handle.stat()).size)
  }

  /** An empty file where nothing is. */
  async createEmpty(segments: Segments): Promise<void> {
    await this.assertCreatable(segments)
    await (await open(this.#path(segments), 'wx').catch(throwInboxError)).close()
  }

  /** Fails unless a file or directory may come to be at this path. */
  async assertCreatable(segments: Segments): Promise<void> {
    await this.#assertParent(segments)
    if (await this.#lstat(segments)) throw new AppError('conflict', 'there is something of this name')
    await this.#assertRoom(1, 0)
  }

  /** Takes a file's bytes; on `finish` it stands at its place, on any error nothing of it is left. */
  async writer(segments: Segments, failures: WriteFailures): Promise<Writable> {
    await this.#assertParent(segments)
    const { bytes } = await this.#usage()
    const roomBytes = this.#limits.maxTotalBytes - bytes
    const aside = this.#aside()
    const handle = await open(aside, 'wx')
    return new FileWriter(handle, {
      maxBytes: Math.min(roomBytes, this.#limits.maxFileBytes),
      tooLong: roomBytes < this.#limits.maxFileBytes ? failures.full : failures.tooLarge,
      commit: async () => {
        await rename(aside, this.#path(segments))
        this.#completed.emit(this.#path(segments))
      },
      discard: () => rm(aside, { force: true }),
      failure: (error) => failures.of(error),
    })
  }

  async makeDirectory(segments: Segments): Promise<void> {
    await this.assertCreatable(segments)
    await mkdir(this.#path(segments))
  }

  async remove(segments: Segments): Promise<void> {
    if (!(await this.#lstat(segments))) throw new AppError('not_found', 'no such file')
    // Renamed first: whoever lists meanwhile sees all of it or nothing.
    const aside = this.#aside()
    await rename(this.#path(segments), aside)
    await rm(aside, { recursive: true, force: true })
  }

  /** True when something was replaced. Fails with `conflict` when that is not wanted. */
  async move(from: Segments, to: Segments, isOverwrite: boolean): Promise<boolean> {
    const stats = await this.#lstat(from)
    if (!stats) throw new AppError('not_found', 'no such file')
    const isReplaced = await this.#makeWay(to, isOverwrite)
    await rename(this.#path(from), this.#path(to))
    await this.#announce(this.#path(to), stats.isDirectory())
    return isReplaced
  }

  /** As `move`. A shallow copy of a directory is empty (RFC 4918 section 9.8.3). */
  async copy(from: Segments, to: Segments, isOverwrite: boolean, isDeep: boolean): Promise<boolean> {
    const stats = await this.#lstat(from)
    if (!stats) throw new AppError('not_found', 'no such file')
    const { entries, bytes } = isDeep ? await this.#usage(from) : { entries: 1, bytes: 0 }
    await this.#assertRoom(entries, stats.isFile() ? Number(stats.size) : bytes)
    await this.#assertParent(to)
    const aside = this.#aside()
    try {
      if (stats.isDirectory() && !isDeep) await mkdir(aside)
      else
        await cp(this.#path(from), aside, {
          recursive: true,
          filter: async (path) => !(await lstat(path)).isSymbolicLink(),
        })
      const isReplaced = await this.#makeWay(to, isOverwrite)
      await rename(aside, this.#path(to))
      await this.#announce(this.#path(to), stats.isDirectory())
      return isReplaced
    } finally {
      await rm(aside, { recursive: true, force: true })
    }
  }

  /** Tells of a file, or of every file below a directory; the number of entries is limited when they are made. */
  async #announce(path: string, isDirectory: boolean): Promise<void> {
    if (!isDirectory) return this.#completed.emit(path)
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) this.#completed.emit(join(entry.parentPath, entry.name))
    }
  }

  async #makeWay(to: Segments, isOverwrite: boolean): Promise<boolean> {
    await this.#assertParent(to)
    if (!(await this.#lstat(to))) return false
    if (!isOverwrite) throw new AppError('conflict', 'the destination exists')
    await this.remove(to)
    return true
  }

  async #assertParent(segments: Segments): Promise<void> {
    if (segments.length === 0) throw new AppError('conflict', 'the inbox itself')
    if (segments.includes(PRIVATE_NAME)) throw new AppError('conflict', 'the name is taken')
    const parent = await this.#lstat(segments.slice(0, -1))
    if (!parent?.isDirectory()) throw new AppError('conflict', 'the parent is no directory')
  }

  async #assertRoom(entries: number, bytes: number): Promise<void> {
    const used = await this.#usage()
    if (used.entries + entries > this.#limits.maxEntries || used.bytes + bytes > this.#limits.maxTotalBytes) {
      throw new AppError('storage_full', 'the inbox is full')
    }
  }

  /** Of everything below, counted until the limits are passed. */
  async #usage(below: Segments = []): Promise<{ readonly entries: number; readonly bytes: number }> {
    let entries = 1
    let bytes = 0
    const pending = [this.#path(below)]
    for (let path = pending.pop(); path !== undefined && entries <= this.#limits.maxEntries; path = pending.pop()) {
      const stats = await lstat(path).catch(() => undefined)
      if (stats?.isFile()) bytes += stats.size
      if (!stats?.isDirectory()) continue
      const names = await readdir(path).catch(() => [])
      for (const name of names) if (name !== PRIVATE_NAME) pending.push(join(path, name))
      entries += names.length
    }
    return { entries, bytes }
  }

  #resource(segments: Segments, stats: BigIntStats): Resource | undefined {
    const modifiedAtMs = Number(stats.mtimeMs)
    const href = encodePath([this.name, ...segments])
    const base = {
      name: segments.at(-1) ?? this.name,
      modifiedAtMs,
      lastModified: new Date(modifiedAtMs).toUTCString(),
      etag: `"${stats.ino.toString(36)}-${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}"`,
    }
    if (stats.isDirectory()) return { ...base, kind: 'directory', href: `${href}/` } satisfies DirectoryResource
    if (!stats.isFile()) return undefined
    const mediaType = mime.getType(base.name) ?? 'application/octet-stream'
    return { ...base, kind: 'file', href, sizeBytes: Number(stats.size), mediaType } satisfies FileResource
  }

  /** Undefined for what is not there, and for what lies behind a symbolic link. */
  async #lstat(segments: Segments): Promise<BigIntStats | undefined> {
    if (segments.includes(PRIVATE_NAME)) return undefined
    for (let length = 1; length < segments.length; length++) {
      const parent = await this.#entry(segments.slice(0, length))
      if (!parent?.isDirectory()) return undefined
    }
    const stats = await this.#entry(segments)
    return stats?.isFile() || stats?.isDirectory() ? stats : undefined
  }

  async #entry(segments: Segments): Promise<BigIntStats | undefined> {
    try {
      return await lstat(this.#path(segments), { bigint: true })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined
      throw error
    }
  }

  #path(segments: Segments): string {
    return join(this.#root, ...segments.map((segment) => segment.normalize('NFC')))
  }

  #aside(): string {
    return join(this.#private, 'uploads', randomUUID())
  }
}
