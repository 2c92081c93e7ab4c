import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { App } from '../app.ts'
import { printable } from '../cli/text-width.ts'
import type { Config } from '../config.ts'
import { systemClock } from '../domain/clock.ts'
import { toAppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import { loadConfig } from './load-config.ts'

/** One that comes sooner is the same signal again: `make` passes on what its whole group was sent. */
const IMPATIENT_MS = 2000

async function createLog({ logLevel, logFormat }: Config): Promise<Logger> {
  const { createLogger } = await import('../log.ts')
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && process.stdout.isTTY === true)
  return await createLogger({ level: logLevel, isPretty })
}

/**
 * Loading leaves a third of the heap behind as garbage, in pages that are never given back once there are so many: until
 * everything is loaded V8 collects before it grows.
 */
async function loadApp(): Promise<typeof import('../app.ts')> {
  setFlagsFromString('--optimize-for-size')
  const loaded = await import('../app.ts')
  setFlagsFromString('--no-optimize-for-size')
  return loaded
}

/** Until SIGTERM or SIGINT; a further signal after some seconds ends the process at once. */
export async function serve(): Promise<void> {
  // A log that nobody reads any more, or a full disk behind it, is no reason to end.
  process.stdout.on('error', () => {})
  const config = loadConfig()
  const { App: Service } = await loadApp()
  const app = Service.create(config, await createLog(config))
  let stoppingMs: number | undefined
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        const nowMs = systemClock.monotonicMs()
        if (stoppingMs !== undefined && nowMs - stoppingMs > IMPATIENT_MS) process.exit(1)
        stoppingMs ??= nowMs
        resolve()
      })
    }
  })
  await app.start()
  if (process.stdout.isTTY) printMounts(app)
  await stopped
  await app.close()
}

/** Resolves with the exit code; what it fails with is one line on standard error. */
export async function serveOrTell(): Promise<number> {
  try {
    await serve()
    return 0
  } catch (error) {
    process.stderr.write(`momoshtrem: ${printable(toAppError(error).message)}\n`)
    return 1
  }
}

function printMounts(app: App): void {
  process.stdout.write(`
  Drive      ${app.webdavUrl}
  API        ${app.apiUrl}

  Finder     Go > Connect to Server > ${app.webdavUrl}
  Windows    net use M: ${app.webdavUrl}
  rclone     rclone mount :webdav: ~/momo --webdav-url ${app.webdavUrl} --webdav-vendor other --read-only
  Add        momoshtrem add "magnet:?xt=urn:btih:..."

`)
}

/** Brings the database up to date, as every start does, and nothing else. */
export async function migrate(): Promise<void> {
  const config = loadConfig()
  const path = join(config.dataDir, 'library.sqlite')
  const { openLibrary } = await import('../library/library.ts')
  openLibrary({ path, logger: await createLog(config), clock: systemClock }).close()
  process.stdout.write(`${path} is up to date\n`)
}
