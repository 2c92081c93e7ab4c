import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { isLoopback, mayUseBasic, needsLogin } from './domain/drive-access.ts'
import { AppError } from './domain/errors.ts'
import { SETTINGS, type Setting } from './settings.ts'

/** The parsed settings, frozen. */
export type Config = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['parse']> }

type Environment = Readonly<Record<string, string | undefined>>

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
  if (!isLoopback(config.webdavHost) && !needsLogin(config) && !config.webdavAllowAnonymous) {
    throw wrong(
      'WEBDAV_HOST',
      'is not loopback: set WEBDAV_USERNAME and WEBDAV_PASSWORD, or WEBDAV_USERS_FILE, or WEBDAV_ALLOW_ANONYMOUS=true',
    )
  }
  if (config.webdavUsersFile !== '' && config.tlsCert === '' && !mayUseBasic(config)) {
    throw wrong('WEBDAV_USERS_FILE', 'has Basic logins only: set TLS_CERT and TLS_KEY, or WEBDAV_BASIC_OVER_HTTP=true')
  }
  if (!isLoopback(config.apiHost) && config.apiToken === '') {
    throw wrong('API_HOST', 'is not loopback: set API_TOKEN')
  }
  if ((config.opensubtitlesUsername === '') !== (config.opensubtitlesPassword === '')) {
    throw config.opensubtitlesUsername === ''
      ? wrong('OPENSUBTITLES_USERNAME', 'is needed with OPENSUBTITLES_PASSWORD')
      : wrong('OPENSUBTITLES_PASSWORD', 'is needed with OPENSUBTITLES_USERNAME')
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

/**
 * The environment with what `.env` in the working directory adds; the environment wins. A missing file is no error, one
 * that cannot be read or is in UTF-16 is `invalid`.
 */
export function readEnvironment(environment: Environment, envFile = '.env'): Environment {
  let content: Buffer
  try {
    content = readFileSync(envFile)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return environment
    throw new AppError('invalid', `${envFile} cannot be read: ${(error as Error).message}`, error)
  }
  if (isUtf16(content)) throw new AppError('invalid', `${envFile} is in UTF-16: save it as UTF-8`)
  return { ...parseEnv(new TextDecoder().decode(content)), ...environment } // which drops a byte order mark
}

/** By its byte order mark, or by what half of its bytes would be: no text of UTF-8 holds NUL. */
function isUtf16(bytes: Buffer): boolean {
  const mark = bytes.toString('latin1', 0, 2)
  return mark === '\xff\xfe' || mark === '\xfe\xff' || bytes.includes(0)
}

/** The text of `.env.example`. */
export function envExample(): string {
  const rows = Object.values(SETTINGS).map((setting: Setting<unknown>) => {
    const unit = setting.unit === undefined ? '' : ` [${setting.unit}]`
    return `# ${setting.help}.${unit}\n# ${setting.name}=${setting.fallback}\n`
  })
  return `# Every setting with its default. Copy to .env and take the sign off the lines you change.\n# Generated from lib/config.ts by \`npm run env-example\`; do not edit by hand.\n\n${rows.join('\n')}`
}
