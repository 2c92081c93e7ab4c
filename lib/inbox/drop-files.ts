import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, lstat, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../domain/errors.ts'

/** Of files that are on their way to their name. Clients take names with `._` for litter of Finder and show none. */
export const ASIDE_PREFIX = '._momoshtrem-'

/** Equal for two looks at a file between which nobody wrote it. */
export interface FileStamp {
  readonly version: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

const errorCode = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

export const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(String(errorCode(error)))

// Not the inode, which some file systems change with the name.
const stampFrom = (stats: { readonly size: bigint; readonly mtimeNs: bigint }): FileStamp => ({
  version: `${stats.size}-${stats.mtimeNs}`,
  sizeBytes: Number(stats.size),
  modifiedAtMs: Number(stats.mtimeNs / 1_000_000n),
})

/** Undefined for what is not there or is no plain file; symbolic links are not followed. */
export async function stampOf(path: string): Promise<FileStamp | undefined> {
  try {
    const stats = await lstat(path, { bigint: true })
    return stats.isFile() ? stampFrom(stats) : undefined
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** The whole file, if it is still as it was at `stamp`; else undefined. */
export async function readUnchanged(path: string, stamp: FileStamp): Promise<Buffer | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const bytes = Buffer.alloc(stamp.sizeBytes)
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled)
      if (bytesRead === 0) return undefined
      filled += bytesRead
    }
    return stampFrom(await handle.stat({ bigint: true })).version === stamp.version ? bytes : undefined
  } finally {
    await handle.close()
  }
}

/** Writes a file that appears whole, under the first name that is free; returns the name. */
export async function writeNew(directory: string, names: Iterable<string>, text: string): Promise<string> {
  const aside = join(directory, `${ASIDE_PREFIX}${randomUUID()}`)
  try {
    await writeFile(aside, text, { flag: 'wx' })
    return await linkNew(aside, directory, names)
  } finally {
    await rm(aside, { force: true })
  }
}

/** Gives a file a further name, the first that is free; returns it. Never replaces anything. */
export async function linkNew(path: string, directory: string, names: Iterable<string>): Promise<string> {
  for (const name of names) {
    try {
      await linkOrCopy(path, join(directory, name))
      return name
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
  }
  throw new AppError('conflict', 'no name is free')
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(String(errorCode(error)))) throw error
    await copyFile(from, to, constants.COPYFILE_EXCL) // file systems without hard links: exFAT, some shares
  }
}

/** Deletes the file if it is still as it was at `stamp`; false, and it stays, when a client has written it since. */
export async function removeUnchanged(path: string, stamp: FileStamp): Promise<boolean> {
  const aside = join(dirname(path), `${ASIDE_PREFIX}${randomUUID()}`)
  try {
    await rename(path, aside)
  } catch (error) {
    if (isGone(error)) return true
    throw error
  }
  // Looked at under a name that no client writes to.
  const isUnchanged = (await stampOf(aside))?.version === stamp.version
  if (!isUnchanged) {
    await linkOrCopy(aside, path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error // a still newer one took its place
    })
  }
  await rm(aside, { force: true })
  return isUnchanged
}
