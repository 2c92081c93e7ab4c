import { readFileSync, statSync } from 'node:fs'
import type { Server } from 'node:https'
import { createSecureContext } from 'node:tls'
import type { Clock } from '../domain/clock.ts'
import { type Disposable, disposable } from '../domain/disposable.ts'
import { AppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'

/** A certificate chain and its key, PEM. */
export interface TlsPem {
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

export interface TlsFilesOptions {
  /** PEM paths: settings TLS_CERT and TLS_KEY. */
  readonly certPath: string
  readonly keyPath: string
  readonly clock: Clock
  readonly logger: Logger
}

const LOOK_AFTER_MS = 1000

/**
 * The PEM files of the listeners, read anew when they change. They are looked at when a connection comes, at most once a
 * second: no watcher or timer lives between, and the connection that comes gets the new certificate already. A pair that
 * cannot be used (half written, or the key still of the old one) leaves the old one in place until the files change again.
 */
export class TlsFiles {
  readonly #options: TlsFilesOptions
  readonly #servers = new Set<Server>()
  #pem: TlsPem
  #seen: string
  #lookedMs: number

  /** Throws `invalid` for a file that cannot be read or a pair that does not fit together, naming the setting. */
  constructor(options: TlsFilesOptions) {
    this.#options = options
    this.#lookedMs = options.clock.monotonicMs()
    this.#seen = this.#state()
    this.#pem = this.#read()
  }

  /** As last read. */
  get current(): TlsPem {
    return this.#pem
  }

  /** Keeps the certificate of this server up to date until disposed of. */
  attach(server: Server): Disposable {
    const look = (): void => this.#look()
    server.prependListener('connection', look) // before the handshake takes its certificate
    this.#servers.add(server)
    return disposable(() => {
      server.off('connection', look)
      this.#servers.delete(server)
    })
  }

  #look(): void {
    const { clock, logger } = this.#options
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#lookedMs < LOOK_AFTER_MS) return
    this.#lookedMs = nowMs
    try {
      const state = this.#state()
      if (state === this.#seen) return
      this.#seen = state
      this.#pem = this.#read()
      for (const server of this.#servers) server.setSecureContext(this.#pem)
      logger.info('certificate read anew', { path: this.#options.certPath })
    } catch (error) {
      logger.warn('certificate not read anew', { err: error })
    }
  }

  #state(): string {
    const { certPath, keyPath } = this.#options
    return `${stateOf('TLS_CERT', certPath)} ${stateOf('TLS_KEY', keyPath)}`
  }

  #read(): TlsPem {
    const { certPath, keyPath } = this.#options
    try {
      const pem = { cert: readFileSync(certPath), key: readFileSync(keyPath) }
      createSecureContext(pem)
      return pem
    } catch (error) {
      throw new AppError('invalid', `TLS_CERT ${certPath} and TLS_KEY ${keyPath}: ${(error as Error).message}`, error)
    }
  }
}

function stateOf(setting: string, path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch (error) {
    throw new AppError('invalid', `${setting} ${path} cannot be read: ${(error as Error).message}`, error)
  }
}
