import { and, eq, or, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import type { FileKey } from '../../domain/curation.ts'
import { AppError } from '../../domain/errors.ts'
import { infoHash } from '../../domain/ids.ts'
import { foldName } from '../../domain/legal-name.ts'
import { isOneOf } from '../bulk.ts'
import { offlineFiles } from '../schema/files.ts'
import { torrentFiles } from '../schema/torrents.ts'

/** Beyond it no client opens a path. */
const MAX_PATH_UNITS = 4096

/** Files of /Offline, within the caller's transaction. Paths are compared as the tree compares names. */
export class OfflineFiles {
  readonly #db: BetterSQLite3Database

  constructor(db: BetterSQLite3Database) {
    this.#db = db
  }

  /** False when the file has the path already. Fails as `LibraryCuration.addOffline`. */
  add({ infoHash: hash, fileIndex }: FileKey, path: string, nowMs: number): boolean {
    const pathKey = offlineKey(path)
    const { isPad } = torrentFiles
    const file = and(eq(torrentFiles.infoHash, hash), eq(torrentFiles.fileIndex, fileIndex), eq(isPad, false))
    if (!this.#db.select({ isPad }).from(torrentFiles).where(file).get()) {
      throw new AppError('not_found', `no file ${fileIndex} of torrent ${hash}`)
    }
    const parts = pathKey.split('/')
    const parents = parts.map((_, i) => parts.slice(0, i + 1).join('/'))
    const taken = this.#db
      .select()
      .from(offlineFiles)
      .where(or(isOneOf(offlineFiles.pathKey, parents), isBelow(pathKey)))
      .limit(1)
      .get()
    if (taken?.pathKey === pathKey && taken.infoHash === hash && taken.fileIndex === fileIndex) return false
    if (taken) throw new AppError('conflict', `${taken.path} is there already`)
    this.#db.insert(offlineFiles).values({ path, pathKey, infoHash: hash, fileIndex, addedAtMs: nowMs }).run()
    return true
  }

  /** Fails as `LibraryCuration.removeOffline`. */
  remove(path: string): FileKey[] {
    const pathKey = offlineKey(path)
    const removed = this.#db
      .delete(offlineFiles)
      .where(or(eq(offlineFiles.pathKey, pathKey), isBelow(pathKey)))
      .returning({ infoHash: offlineFiles.infoHash, fileIndex: offlineFiles.fileIndex })
      .all()
    if (removed.length === 0) throw new AppError('not_found', `no ${path} in /Offline`)
    const files = new Map(removed.map((file) => [`${file.infoHash}:${file.fileIndex}`, file]))
    return [...files.values()]
      .filter((file) => !this.#hasPath(file.infoHash, file.fileIndex))
      .map((file) => ({ infoHash: infoHash(file.infoHash), fileIndex: file.fileIndex }))
  }

  #hasPath(hash: string, fileIndex: number): boolean {
    const ofFile = and(eq(offlineFiles.infoHash, hash), eq(offlineFiles.fileIndex, fileIndex))
    return this.#db.select({ path: offlineFiles.path }).from(offlineFiles).where(ofFile).limit(1).get() !== undefined
  }
}

/** `0` is the character after `/`. */
const isBelow = (key: string) => sql`${offlineFiles.pathKey} > ${`${key}/`} and ${offlineFiles.pathKey} < ${`${key}0`}`

/** What paths are compared by. Throws `invalid` for one that is none: empty parts, `.` or `..`. */
export function offlineKey(path: string): string {
  const parts = path.split('/').map(foldName)
  const isSound = path.length <= MAX_PATH_UNITS && !path.includes('\0')
  if (!isSound || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new AppError('invalid', `not a path below /Offline: ${path.slice(0, 100)}`)
  }
  return parts.join('/')
}
