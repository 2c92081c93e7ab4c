import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/errors.ts'
import type { DoctorSettings } from './doctor-options.ts'
import { DriveClient } from './drive-client.ts'
import { type ProbeAnswer, probe } from './http-probe.ts'

/** `GET /api/status`, as far as the checks read it. */
export interface ServiceStatus {
  readonly version: string
  readonly uptime_s: number
  readonly library: { readonly movies: number; readonly shows: number; readonly torrents: number }
  readonly torrents: { readonly active: number; readonly error: number }
  readonly cache: { readonly size_bytes: number; readonly used_bytes: number }
}

/** Where a listener of this host is reached from its own machine. */
export const localHost = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

/** Where a service with these settings has its API, as seen from its own machine; without a slash at the end. */
export const apiUrlOf = (settings: Pick<DoctorSettings, 'tlsCert' | 'apiHost' | 'apiPort'>): string =>
  originOf(settings.tlsCert, settings.apiHost, settings.apiPort)

/** Of the drive, with `/` at its end. */
export const driveUrlOf = (settings: Pick<DoctorSettings, 'tlsCert' | 'webdavHost' | 'webdavPort'>): string =>
  `${originOf(settings.tlsCert, settings.webdavHost, settings.webdavPort)}/`

function originOf(tlsCert: string, host: string, port: number): string {
  const name = localHost(host)
  return `${tlsCert === '' ? 'http' : 'https'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** The service of these settings, whether it runs or not. */
export class ServiceProbe {
  readonly drive: DriveClient
  /** How far other clocks are ahead of this one, by the Date fields of answers. */
  readonly clockSkews: { readonly of: string; readonly aheadMs: number }[] = []
  readonly #settings: DoctorSettings
  readonly #clock: Clock
  #running: Promise<boolean> | undefined

  constructor(settings: DoctorSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
    const { webdavUsername: username, webdavPassword: password } = settings
    this.drive = new DriveClient({
      clock,
      baseUrl: driveUrlOf(settings),
      isCertificateVerified: false,
      login: password === '' ? undefined : { username, password },
    })
  }

  /** Whether its API answers; asked once. */
  isRunning(signal: AbortSignal): Promise<boolean> {
    this.#running ??= this.#looksRunning(signal)
    return this.#running
  }

  /** GET with the token. Fails as `probe`, or `unauthorized` when the token is refused. */
  async api(path: string, signal: AbortSignal): Promise<ProbeAnswer> {
    const { apiToken } = this.#settings
    const headers = apiToken === '' ? {} : { authorization: `Bearer ${apiToken}` }
    const request = { headers, isCertificateVerified: false }
    const answer = await probe(this.#clock, `${apiUrlOf(this.#settings)}${path}`, request, signal)
    this.noteDate('the API', answer)
    if (answer.status === 401) throw new AppError('unauthorized', 'the API refuses API_TOKEN')
    return answer
  }

  /** Fails as `api`. */
  async status(signal: AbortSignal): Promise<ServiceStatus> {
    return JSON.parse((await this.api('/api/status', signal)).body.toString('utf8')) as ServiceStatus
  }

  /** Remembers what the answer says of the time. */
  noteDate(of: string, answer: ProbeAnswer): void {
    const date = Date.parse(answer.header('date') ?? '')
    // The field has whole seconds, rounded down.
    if (!Number.isNaN(date)) this.clockSkews.push({ of, aheadMs: date + 500 - this.#clock.nowMs() })
  }

  async #looksRunning(signal: AbortSignal): Promise<boolean> {
    if (this.#settings.apiPort === 0) return false // it took any free port, which nobody knows here
    try {
      const answer = await this.api('/healthz', signal)
      return answer.status === 200 && answer.body.toString('utf8').includes('"status":"ok"')
    } catch (error) {
      if (error instanceof AppError) return false
      throw error
    }
  }
}
