import { readFile, realpath, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../domain/errors.ts'
import { errorCode } from './disk-io.ts'

/** Directories this process holds: its own process id in a lock file says nothing of them. */
const held = new Set<string>()
const FILE_NAME = 'lock'
const TAKEOVER_ATTEMPTS = 3

/** Keeps a directory to one store. The lock of a process that ended is taken over. */
export class DiskLock {
  readonly #directory: string
  #isHeld = true

  private constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Fails with `conflict` while a living store, of this process or another, holds the directory; with the file system's
   * error where the lock cannot be written.
   */
  static async take(directory: string): Promise<DiskLock> {
    const path = await realpath(directory)
    if (held.has(path)) throw new AppError('conflict', `${directory} is in use by this process`)
    held.add(path)
    try {
      await writeLock(path, directory)
      return new DiskLock(path)
    } catch (error) {
      held.delete(path)
      throw error
    }
  }

  /** Idempotent. */
  async release(): Promise<void> {
    if (!this.#isHeld) return
    this.#isHeld = false
    await unlink(join(this.#directory, FILE_NAME)).catch(() => {}) // one left behind is taken over as stale
    held.delete(this.#directory)
  }
}

async function writeLock(path: string, shownPath: string): Promise<void> {
  const file = join(path, FILE_NAME)
  const own = `${process.pid} ${await startOf(process.pid)}\n`
  for (let attempt = 0; attempt < TAKEOVER_ATTEMPTS; attempt++) {
    try {
      await writeFile(file, own, { flag: 'wx' })
      return
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
    const [pid, start] = (await readFile(file, 'utf8').catch(() => '')).split(/\s/)
    if (await isAlive(Number(pid), start)) {
      throw new AppError('conflict', `${shownPath} is in use by process ${pid}`)
    }
    await unlink(file).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error
    })
  }
  throw new AppError('conflict', `${shownPath} is being taken by another process`)
}

/** A process id is given out again, in a container at every start: only with its start time does it name a process. */
async function isAlive(pid: number, start: string | undefined): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid < 1 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
  }
  return (await startOf(pid)) === start
}

/** When the process began, in the kernel's own unit since boot and with the boot it belongs to; `-` where no /proc tells. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1')
    // proc(5): the 22nd field; the second is the command in parentheses and may hold spaces.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${boot.trim()}/${ticks}`
  } catch {
    return '-'
  }
}
