import { randomBytes } from 'node:crypto'
import { access, lstat, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { throwIfAborted } from '../domain/abort.ts'
import type { CheckContext } from './check-context.ts'
import { fail, ok, sizeText, warn } from './findings.ts'

/** Of package.json. */
const NODE_NEEDED = [20, 19] as const

export async function checkNode({ options: { nodeVersion } }: CheckContext) {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
  const [needsMajor, needsMinor] = NODE_NEEDED
  return major > needsMajor || (major === needsMajor && minor >= needsMinor)
    ? ok(nodeVersion)
    : fail(`${nodeVersion} is too old`, `Install Node ${needsMajor}.${needsMinor} or later.`)
}

/** 250 peers, 1024 connections of the drive, and the piece files under both. */
const WANTED_FILES = 2048
/** With fewer, a busy evening fails reads. */
const NEEDED_FILES = 512

export async function checkOpenFiles({ options }: CheckContext) {
  const limit = options.openFilesLimit()
  if (limit === undefined) return undefined
  const detail = `${Number.isFinite(limit) ? limit : 'any number of'} files and connections may be open`
  const advice = `Allow ${WANTED_FILES}: ulimit -n ${WANTED_FILES} before the start, or LimitNOFILE=${WANTED_FILES} in the unit of systemd.`
  if (limit < NEEDED_FILES) return fail(detail, advice)
  return limit < WANTED_FILES ? warn(detail, advice) : ok(detail)
}

/** The database and its log grow; without this room they cannot. */
const LEAST_FREE_BYTES = 256 * 1024 * 1024
/** `f_type` of NFS, SMB, CIFS, SMB2 and 9P, on which SQLite's shared memory does not work; see statfs(2). */
const NETWORK_TYPES: ReadonlySet<number> = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997])

export async function checkDataDir({ settings, service }: CheckContext, signal: AbortSignal) {
  const { dataDir, cacheSizeMb } = settings
  const at = await nearestExisting(dataDir)
  const problem = await writeProblem(at)
  if (problem !== undefined && problem !== 'ENOSPC')
    return fail(
      `${at} cannot be written (${problem})`,
      'Set DATA_DIR to a directory of your own, or change its owner or permissions.',
    )
  const { bavail, bsize, type } = await statfs(at)
  const freeBytes = bavail * bsize
  const detail = `${sizeText(freeBytes)} free in ${at}`
  if (problem !== undefined || freeBytes < LEAST_FREE_BYTES)
    return fail(detail, 'Make room: the database itself needs some.')
  if (NETWORK_TYPES.has(type))
    return warn(
      `${at} lies on a network file system`,
      'Set DATA_DIR to a local disk: SQLite cannot lock its files over a network.',
    )
  const usedBytes = (await service.isRunning(signal))
    ? (await service.status(signal)).cache.used_bytes
    : await storedBytes(join(dataDir, 'pieces'), signal)
  const growthBytes = Math.max(0, cacheSizeMb * 1024 * 1024 - usedBytes)
  return freeBytes < growthBytes
    ? warn(
        `${detail}, and the cache may grow by ${sizeText(growthBytes)}`,
        `Make room, or set CACHE_SIZE_MB to ${Math.floor((usedBytes + freeBytes - LEAST_FREE_BYTES) / 1024 ** 2)} or less.`,
      )
    : ok(detail)
}

async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    try {
      await access(at)
      return at
    } catch (error) {
      if (dirname(at) === at) throw error
    }
  }
}

/** A file is really written: permissions alone do not tell of a read-only or full disk. */
async function writeProblem(directory: string): Promise<string | undefined> {
  const path = join(directory, `.doctor-${randomBytes(6).toString('hex')}`)
  try {
    await writeFile(path, 'x', { flag: 'wx' })
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message
  } finally {
    await rm(path, { force: true }).catch(() => {}) // what could not be written cannot be removed either
  }
}

/** Bytes of the files below; 0 for a directory that is not there. */
async function storedBytes(directory: string, signal: AbortSignal): Promise<number> {
  let bytes = 0
  try {
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      throwIfAborted(signal)
      if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return bytes
}

const DAY_MS = 24 * 60 * 60_000
/** No clock that is right says less. */
const EARLIEST_MS = Date.UTC(2026, 0, 1)
const LARGEST_SKEW_MS = 60_000

/** Comes last: it goes by the Date fields of the answers to the other checks. */
export async function checkClock({ options, service }: CheckContext) {
  const now = new Date(options.clock.nowMs())
  const advice =
    'Set the clock, and keep it set by NTP: certificates, signed links and the days of episodes depend on it.'
  if (now.getTime() < EARLIEST_MS) return fail(`this machine says ${now.toISOString()}`, advice)
  const [worst] = service.clockSkews.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs))
  if (!worst || Math.abs(worst.aheadMs) <= LARGEST_SKEW_MS) return ok(now.toISOString())
  const by = Math.abs(worst.aheadMs)
  const howMuch = by < DAY_MS ? `${Math.round(by / 60_000)} minutes` : `${Math.round(by / DAY_MS)} days`
  return warn(`this clock is ${howMuch} ${worst.aheadMs > 0 ? 'behind' : 'ahead of'} that of ${worst.of}`, advice)
}
