import type { Clock } from '../domain/clock.ts'

/** The settings that are looked at; the service's own have all of them. */
export interface DoctorSettings {
  readonly dataDir: string
  readonly cacheSizeMb: number
  readonly webdavHost: string
  readonly webdavPort: number
  readonly webdavUsername: string
  readonly webdavPassword: string
  readonly webdavUsersFile: string
  readonly webdavBasicOverHttp: boolean
  readonly allowWrite: 'auto' | 'true' | 'false'
  readonly tlsCert: string
  readonly tlsKey: string
  readonly apiHost: string
  readonly apiPort: number
  readonly apiToken: string
  readonly publicUrl: string
  readonly torrentHost: string
  readonly torrentPort: number
  readonly tmdbApiKey: string
  readonly tmdbBaseUrl: string
  readonly opensubtitlesApiKey: string
  readonly opensubtitlesBaseUrl: string
}

export interface DoctorOptions {
  /** Throws AppError `invalid` with a line that names the wrong setting. */
  readonly loadSettings: () => DoctorSettings
  readonly clock: Clock
  /** As `process.versions.node`. */
  readonly nodeVersion: string
  /** Files that a process of ours may have open; undefined where the system does not say. */
  readonly openFilesLimit: () => number | undefined
  /** The migrations that this version of the program knows. */
  readonly migrationsDir: string
  /** How many logins the text of a users file holds. Throws AppError `invalid` for a wrong line. */
  readonly countUsers: (text: string) => number
}
