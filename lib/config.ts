import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { AppError } from './domain/errors.ts'

/** One setting: its environment name, what it may be, and what people are told of it. */
interface Setting<T> {
  readonly name: string
  /** As a person would write it; parsed like any other value. */
  readonly fallback: string
  readonly unit?: string
  readonly help: string
  /** Never printed. */
  readonly isSecret?: boolean
  /** Throws an Error that says what is wrong with `text`, in words that follow the setting's name. */
  parse(text: string): T
}

const text = (value: string): string => value

function bool(value: string): boolean {
  if (/^(?:true|1|yes|on)$/i.test(value)) return true
  if (/^(?:false|0|no|off)$/i.test(value)) return false
  throw new Error(`must be true or false, not "${value}"`)
}

const whole =
  (min: number, max: number) =>
  (value: string): number => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}, not "${value}"`)
    }
    return number
  }

const oneOf =
  <T extends string>(...choices: readonly T[]) =>
  (value: string): T => {
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}, not "${value}"`)
    return found
  }

function host(value: string): string {
  if (isIP(value) > 0 || /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(value)) return value
  throw new Error(`must be a host name or address, not "${value}"`)
}

function urls(value: string): readonly string[] {
  const found = value.split(/[\s,]+/).filter((part) => part !== '')
  for (const url of found) {
    if (!/^(?:https?|udp):\/\//.test(url) || !URL.canParse(url))
      throw new Error(`holds "${url}", which is not an http, https or udp URL`)
  }
  return Object.freeze(found)
}

function httpUrl(value: string): string {
  if (/^https?:\/\//.test(value) && URL.canParse(value)) return value
  throw new Error(`must be an http or https URL, not "${value}"`)
}

const port = whole(0, 65_535)
const megabytes = whole(0, 1_000_000)
const seconds = whole(1, 86_400)

/** Every setting there is; `.env.example` is printed from it. */
export const SETTINGS = {
  dataDir: {
    name: 'DATA_DIR',
    fallback: './data',
    help: 'Directory of the database, the piece cache, the inbox and everything else that is kept',
    parse: (value: string) => resolve(value),
  },
  watchDir: {
    name: 'WATCH_DIR',
    fallback: '',
    help: 'Directory of this machine with the rules of /Inbox: torrents and links that come into it are added; empty is none',
    parse: (value: string) => (value === '' ? '' : resolve(value)),
  },
  webdavHost: { name: 'WEBDAV_HOST', fallback: '127.0.0.1', help: 'Address the drive listens on', parse: host },
  webdavPort: {
    name: 'WEBDAV_PORT',
    fallback: '36911',
    help: 'Port of the drive; 0 takes any free one and prints it',
    parse: port,
  },
  webdavUsername: {
    name: 'WEBDAV_USERNAME',
    fallback: '',
    help: 'Login of the drive (Basic and Digest); set both or neither',
    parse: text,
  },
  webdavPassword: {
    name: 'WEBDAV_PASSWORD',
    fallback: '',
    help: 'Password of the drive',
    isSecret: true,
    parse: text,
  },
  webdavAllowAnonymous: {
    name: 'WEBDAV_ALLOW_ANONYMOUS',
    fallback: 'false',
    help: 'Lets the drive listen beyond this machine without a password',
    parse: bool,
  },
  tlsCert: {
    name: 'TLS_CERT',
    fallback: '',
    help: 'PEM file of the certificate chain; with TLS_KEY, drive and API speak HTTPS',
    parse: text,
  },
  tlsKey: { name: 'TLS_KEY', fallback: '', help: 'PEM file of the private key', parse: text },
  apiHost: { name: 'API_HOST', fallback: '127.0.0.1', help: 'Address of the REST API and /metrics', parse: host },
  apiPort: { name: 'API_PORT', fallback: '4444', help: 'Port of the REST API; 0 takes any free one', parse: port },
  apiToken: {
    name: 'API_TOKEN',
    fallback: '',
    help: 'Bearer token of the REST API; needed when API_HOST is not loopback',
    isSecret: true,
    parse: text,
  },
  cacheSizeMb: {
    name: 'CACHE_SIZE_MB',
    fallback: '4096',
    unit: 'MiB',
    help: 'Cap of the piece cache on disk',
    parse: whole(16, 100_000_000),
  },
  addTimeoutS: {
    name: 'ADD_TIMEOUT_S',
    fallback: '60',
    unit: 'seconds',
    help: 'How long adding a magnet waits for its metadata',
    parse: seconds,
  },
  readTimeoutS: {
    name: 'READ_TIMEOUT_S',
    fallback: '120',
    unit: 'seconds',
    help: 'A read that gets nothing for so long ends',
    parse: seconds,
  },
  idleTimeoutS: {
    name: 'IDLE_TIMEOUT_S',
    fallback: '300',
    unit: 'seconds',
    help: 'A torrent that nobody reads for so long leaves the network',
    parse: seconds,
  },
  startPaused: {
    name: 'START_PAUSED',
    fallback: 'true',
    help: 'A torrent uses no network until it is read',
    parse: bool,
  },
  headerPriorityMb: {
    name: 'HEADER_PRIORITY_MB',
    fallback: '10',
    unit: 'MiB',
    help: 'Start of a file that is fetched first when it is opened',
    parse: megabytes,
  },
  footerPriorityMb: {
    name: 'FOOTER_PRIORITY_MB',
    fallback: '5',
    unit: 'MiB',
    help: 'End of a file that is fetched first when it is opened',
    parse: megabytes,
  },
  readaheadMb: {
    name: 'READAHEAD_MB',
    fallback: '32',
    unit: 'MiB',
    help: 'How far a steady read is fetched ahead',
    parse: megabytes,
  },
  urgentMb: {
    name: 'URGENT_MB',
    fallback: '8',
    unit: 'MiB',
    help: 'How much at the position of a read goes before everything else',
    parse: megabytes,
  },
  torrentHost: {
    name: 'TORRENT_HOST',
    fallback: '0.0.0.0',
    help: 'Address that peers of all torrents connect to',
    parse: host,
  },
  torrentPort: {
    name: 'TORRENT_PORT',
    fallback: '6881',
    help: 'TCP port for peers of all torrents; 0 takes any free one',
    parse: port,
  },
  dht: { name: 'DHT', fallback: 'true', help: 'Finds peers through the distributed hash table', parse: bool },
  trackers: {
    name: 'TRACKERS',
    fallback: '',
    help: 'Further tracker URLs for every torrent that is not private, separated by commas',
    parse: urls,
  },
  maxConnections: {
    name: 'MAX_CONNECTIONS',
    fallback: '50',
    help: 'Peers per torrent at most',
    parse: whole(1, 1000),
  },
  downloadLimitKbps: {
    name: 'DOWNLOAD_LIMIT_KBPS',
    fallback: '0',
    unit: 'kilobytes per second',
    help: 'Download cap over all torrents; 0 is none',
    parse: whole(0, 10_000_000),
  },
  uploadLimitKbps: {
    name: 'UPLOAD_LIMIT_KBPS',
    fallback: '0',
    unit: 'kilobytes per second',
    help: 'Upload cap over all torrents; 0 is none',
    parse: whole(0, 10_000_000),
  },
  tmdbApiKey: {
    name: 'TMDB_API_KEY',
    fallback: '',
    help: 'Key of themoviedb.org (v3 key or v4 token); without it titles come from the names of files alone',
    isSecret: true,
    parse: text,
  },
  tmdbBaseUrl: {
    name: 'TMDB_BASE_URL',
    fallback: 'https://api.themoviedb.org/3',
    help: 'Address of the TMDB API',
    parse: httpUrl,
  },
  logLevel: {
    name: 'LOG_LEVEL',
    fallback: 'info',
    help: 'debug, info, warn or error',
    parse: oneOf('debug', 'info', 'warn', 'error'),
  },
  logFormat: {
    name: 'LOG_FORMAT',
    fallback: 'auto',
    help: 'pretty, json (one object a line), or auto: pretty on a terminal',
    parse: oneOf('auto', 'pretty', 'json'),
  },
} as const satisfies Record<string, Setting<unknown>>

/** The parsed settings, frozen. */
export type Config = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['parse']> }

type Environment = Readonly<Record<string, string | undefined>>

/** `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address)
}

const wrong = (name: string, problem: string): AppError => new AppError('invalid', `${name} ${problem}`)

/**
 * Parses the settings out of `environment`; an empty value counts as unset. Throws AppError `invalid` with one line that
 * begins with the setting's name.
 */
export function parseConfig(environment: Environment): Config {
  const entries = Object.entries(SETTINGS).map(([key, setting]) => {
    const given = environment[setting.name]
    try {
      return [key, setting.parse(given === undefined || given === '' ? setting.fallback : given)]
    } catch (error) {
      throw wrong(setting.name, error instanceof Error ? error.message : String(error))
    }
  })
  const config = Object.freeze(Object.fromEntries(entries) as Config)
  checkTogether(config)
  return config
}

function checkTogether(config: Config): void {
  if ((config.webdavUsername === '') !== (config.webdavPassword === '')) {
    throw config.webdavUsername === ''
      ? wrong('WEBDAV_USERNAME', 'is needed with WEBDAV_PASSWORD')
      : wrong('WEBDAV_PASSWORD', 'is needed with WEBDAV_USERNAME')
  }
  if (config.webdavUsername.includes(':')) throw wrong('WEBDAV_USERNAME', 'may hold no colon (RFC 7617 section 2)')
  if (!isLoopback(config.webdavHost) && config.webdavPassword === '' && !config.webdavAllowAnonymous) {
    throw wrong(
      'WEBDAV_HOST',
      'is not loopback: set WEBDAV_USERNAME and WEBDAV_PASSWORD, or WEBDAV_ALLOW_ANONYMOUS=true',
    )
  }
  if (!isLoopback(config.apiHost) && config.apiToken === '') {
    throw wrong('API_HOST', 'is not loopback: set API_TOKEN')
  }
  if (config.watchDir !== '' && `${config.watchDir}/`.startsWith(`${config.dataDir}/`)) {
    throw wrong('WATCH_DIR', 'lies in DATA_DIR, whose inbox is watched already')
  }
  if ((config.tlsCert === '') !== (config.tlsKey === '')) {
    throw config.tlsCert === ''
      ? wrong('TLS_CERT', 'is needed with TLS_KEY')
      : wrong('TLS_KEY', 'is needed with TLS_CERT')
  }
}

/** The environment with what `.env` in the working directory adds; the environment wins. A missing file is no error. */
export function readEnvironment(environment: Environment, envFile = '.env'): Environment {
  let content: string
  try {
    content = readFileSync(envFile, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return environment
    throw new AppError('invalid', `${envFile} cannot be read: ${(error as Error).message}`, error)
  }
  return { ...parseEnv(content), ...environment }
}

/** The text of `.env.example`. */
export function envExample(): string {
  const rows = Object.values(SETTINGS).map((setting: Setting<unknown>) => {
    const unit = setting.unit === undefined ? '' : ` [${setting.unit}]`
    return `# ${setting.help}.${unit}\n# ${setting.name}=${setting.fallback}\n`
  })
  return `# Every setting with its default. Copy to .env and take the sign off the lines you change.\n# Generated from lib/config.ts by \`npm run env-example\`; do not edit by hand.\n\n${rows.join('\n')}`
}
