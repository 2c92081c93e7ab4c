import { access, constants, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { systemClock } from './domain/clock.ts'
import { AppError } from './domain/errors.ts'
import { silentLogger } from './domain/logger.ts'
import { openLibrary } from './library/library.ts'

interface Finding {
  readonly ok: boolean
  readonly detail: string
  readonly advice?: string
}

interface Check {
  readonly name: string
  run(): Promise<Finding>
}

const GIB = 1024 ** 3
const MIB = 1024 ** 2
const ANSWER_MS = 5000
/** Of the certificates, the digest login and the time-outs: a clock this far off breaks them. */
const EARLIEST_MS = Date.UTC(2026, 0, 1)

const good = (detail: string): Finding => ({ ok: true, detail })
const bad = (detail: string, advice: string): Finding => ({ ok: false, detail, advice })

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

async function checkDisk(config: Config): Promise<Finding> {
  const at = await nearestExisting(config.dataDir)
  try {
    await access(at, constants.W_OK | constants.X_OK)
  } catch {
    return bad(`${at} cannot be written`, 'Set DATA_DIR to a directory of your own, or change its owner.')
  }
  const { bavail, bsize } = await statfs(at)
  const freeBytes = bavail * bsize
  const free = `${(freeBytes / GIB).toFixed(1)} GiB free in ${at}`
  return freeBytes < Math.min(config.cacheSizeMb * MIB, GIB)
    ? bad(free, 'Make room, or set a smaller CACHE_SIZE_MB.')
    : good(free)
}

function checkDatabase(config: Config): Finding {
  const path = join(config.dataDir, 'library.sqlite')
  try {
    const library = openLibrary({ path, logger: silentLogger, clock: systemClock })
    try {
      const { movies, shows, episodes, torrents } = library.counts()
      return good(`${movies} movies, ${shows} shows, ${episodes} episodes, ${torrents} torrents in ${path}`)
    } finally {
      library.close()
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return bad(error.message, 'Put back a copy of the data directory, or move the database away to begin a new one.')
  }
}

async function ask(url: string, init: RequestInit = {}): Promise<Response | undefined> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) })
  } catch {
    return undefined
  }
}

const address = (config: Config, host: string, port: number): string => {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `${config.tlsCert === '' ? 'http' : 'https'}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** Where the commands reach the service that these settings start. */
export const apiUrlOf = (config: Config): string => address(config, config.apiHost, config.apiPort)

async function checkApi(config: Config): Promise<Finding> {
  const url = apiUrlOf(config)
  const answer = await ask(`${url}/readyz`)
  if (!answer)
    return bad(
      `${url} does not answer`,
      'Start the service: momoshtrem serve. Over HTTPS, the certificate must be trusted here.',
    )
  return answer.ok ? good(`${url} is ready`) : bad(`${url} answers ${answer.status}`, 'Look at the log of the service.')
}

async function checkListing(config: Config): Promise<Finding> {
  const url = `${address(config, config.webdavHost, config.webdavPort)}/`
  const login = Buffer.from(`${config.webdavUsername}:${config.webdavPassword}`).toString('base64')
  const headers = { depth: '1', ...(config.webdavPassword !== '' && { authorization: `Basic ${login}` }) }
  const answer = await ask(url, { method: 'PROPFIND', headers })
  if (!answer) return bad(`${url} does not answer`, 'Start the service: momoshtrem serve.')
  const body = await answer.text()
  if (answer.status === 401)
    return bad('the login is refused', 'Check WEBDAV_USERNAME and WEBDAV_PASSWORD of the running service.')
  const entries = body.split('<D:response>').length - 1
  return answer.status === 207 && entries > 0
    ? good(`${url} lists ${entries - 1} folders`)
    : bad(`${url} answers ${answer.status}`, 'Another program may use WEBDAV_PORT: choose another one.')
}

function checkClock(): Finding {
  const now = new Date()
  return now.getTime() >= EARLIEST_MS
    ? good(now.toISOString())
    : bad(`this machine says ${now.toISOString()}`, 'Set the clock: logins and certificates depend on it.')
}

/** What `momoshtrem doctor` looks at. Wrong settings are what the first check finds; the others fail with the same line. */
export function doctorChecks(loadConfig: () => Config): readonly Check[] {
  return [
    { name: 'settings', run: async () => good(`data in ${loadConfig().dataDir}`) },
    { name: 'disk', run: async () => await checkDisk(loadConfig()) },
    { name: 'database', run: async () => checkDatabase(loadConfig()) },
    { name: 'clock', run: async () => checkClock() },
    { name: 'API', run: async () => await checkApi(loadConfig()) },
    { name: 'drive', run: async () => await checkListing(loadConfig()) },
  ]
}
