#!/usr/bin/env -S node --max-semi-space-size=2
import { join } from 'node:path'
import { ApiClient } from './api/client.ts'
import { App } from './app.ts'
import { runCli } from './cli/run-cli.ts'
import { type Config, parseConfig, readEnvironment } from './config.ts'
import { doctorChecks } from './doctor/doctor.ts'
import { openFilesLimit } from './doctor/open-files-limit.ts'
import { apiUrlOf, driveUrlOf } from './doctor/service-probe.ts'
import { systemClock } from './domain/clock.ts'
import { AppError } from './domain/errors.ts'
import { identifier } from './identify/identifier.ts'
import { openLibrary } from './library/library.ts'
import { MIGRATIONS_DIR } from './library/migrations.ts'
import { createLogger } from './log.ts'
import { VERSION } from './version.ts'
import { hashPassword, parseUsers } from './webdav/password-users.ts'

const loadConfig = (): Config => parseConfig(readEnvironment(process.env))

const createLog = (config: Config) =>
  createLogger({
    level: config.logLevel,
    isPretty: config.logFormat === 'pretty' || (config.logFormat === 'auto' && process.stdout.isTTY === true),
  })

/** One that comes sooner is the same signal again: `make` passes on what its whole group was sent. */
const IMPATIENT_MS = 2000

/** Until SIGTERM or SIGINT; a further signal after some seconds ends the process at once. */
async function serve(): Promise<void> {
  const config = loadConfig()
  const app = App.create(config, createLog(config))
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
function migrate(): void {
  const config = loadConfig()
  const path = join(config.dataDir, 'library.sqlite')
  openLibrary({ path, logger: createLog(config), clock: systemClock }).close()
  process.stdout.write(`${path} is up to date\n`)
}

/** The commands other than `serve` end on Ctrl-C with their reason; the service handles its signals itself. */
async function main(argv: readonly string[]): Promise<number> {
  const interrupted = new AbortController()
  if (argv[0] !== 'serve') {
    process.once('SIGINT', () => interrupted.abort(new AppError('aborted', 'interrupted')))
  }
  return await runCli(argv, {
    version: VERSION,
    serve,
    migrate,
    connect: ({ apiUrl, token }) => {
      const config = loadConfig()
      return new ApiClient({ baseUrl: apiUrl ?? apiUrlOf(config), token: token ?? config.apiToken })
    },
    identifier,
    doctorChecks: doctorChecks({
      loadSettings: loadConfig,
      clock: systemClock,
      nodeVersion: process.versions.node,
      openFilesLimit,
      migrationsDir: MIGRATIONS_DIR,
      countUsers: (text) => parseUsers(text).length,
    }),
    driveUrl: () => driveUrlOf(loadConfig()),
    apiUrl: () => apiUrlOf(loadConfig()),
    hashPassword,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stdout.isTTY === true,
    signal: interrupted.signal,
  })
}

process.exitCode = await main(process.argv.slice(2))
