import { readFileSync, statSync } from 'node:fs'
import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import type { UsersSource } from './auth.ts'
import { type HashedUser, parseUsers } from './password-users.ts'

export interface UsersFileOptions {
  /** The setting WEBDAV_USERS_FILE. */
  readonly path: string
  readonly clock: Clock
  readonly logger: Logger
}

const LOOK_AFTER_MS = 1000

/**
 * The logins of a users file, read anew when it changes. It is looked at when a login is checked, at most once a second:
 * no watcher or timer lives between. A file that cannot be used leaves the old logins in place until it changes again.
 */
export class UsersFile implements UsersSource {
  readonly #options: UsersFileOptions
  #users: readonly HashedUser[]
  #seen: string
  #lookedMs: number

  /** Throws `invalid` for a file that cannot be read or understood, naming the setting and the line. */
  constructor(options: UsersFileOptions) {
    this.#options = options
    this.#lookedMs = options.clock.monotonicMs()
    this.#seen = this.#state()
    this.#users = this.#read()
  }

  /** The same list until the file changed. */
  get current(): readonly HashedUser[] {
    this.#look()
    return this.#users
  }

  #look(): void {
    const { clock, logger, path } = this.#options
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#lookedMs < LOOK_AFTER_MS) return
    this.#lookedMs = nowMs
    try {
      const state = this.#state()
      if (state === this.#seen) return
      this.#seen = state
      this.#users = this.#read()
      logger.info('users file read anew', { path, users: this.#users.length })
    } catch (error) {
      logger.warn('users file not read anew', { err: error })
    }
  }

  #state(): string {
    try {
      const { mtimeMs, size, ino } = statSync(this.#options.path)
      return `${mtimeMs} ${size} ${ino}`
    } catch (error) {
      throw this.#wrong(error)
    }
  }

  #read(): readonly HashedUser[] {
    try {
      return parseUsers(readFileSync(this.#options.path, 'utf8'))
    } catch (error) {
      throw this.#wrong(error)
    }
  }

  #wrong(error: unknown): AppError {
    const reason = error instanceof Error ? error.message : String(error)
    return new AppError('invalid', `WEBDAV_USERS_FILE ${this.#options.path}: ${reason}`, error)
  }
}
