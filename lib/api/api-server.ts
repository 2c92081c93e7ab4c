import { Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { AppError } from '../domain/errors.ts'
import type { ApiApp } from './api-app.ts'
import type { ApiServerOptions, ApiServices } from './api-services.ts'
import { createApiApp } from './create-api-app.ts'
import { errorHandler, sendError } from './error-answers.ts'
import { type OpenApiDocument, openApiDocument } from './openapi.ts'
import { isLoopbackHost, RequestGuard } from './request-guard.ts'
import { RequestSignals } from './request-signals.ts'
import { registerRoutes } from './routes.ts'
import { answerWhenShown } from './shown-changes.ts'

const DEFAULT_CLOSE_GRACE_MS = 5000

/** REST over HTTP or HTTPS. Every answer that is not a 2xx has the form `{"error": {"code", "message"}}`. */
export class ApiServer {
  readonly #options: ApiServerOptions
  readonly #services: ApiServices
  readonly #signals = new RequestSignals()
  readonly #app: ApiApp
  #document: Promise<OpenApiDocument> | undefined
  #closing: Promise<void> | undefined

  /** Throws `invalid` for a host that others can reach and no token. */
  constructor(options: ApiServerOptions, services: ApiServices) {
    if (options.token === '' && !isLoopbackHost(options.host)) {
      throw new AppError('invalid', `API_TOKEN is needed when API_HOST is not a loopback address: ${options.host}`)
    }
    this.#options = options
    this.#services = services
    this.#app = createApiApp(options.tls)
    this.#app.setErrorHandler(errorHandler(services.logger))
    answerWhenShown(this.#app, services)
    this.#guardRequests()
  }

  /** The port listened on; 0 before `start`. */
  get port(): number {
    return (this.#app.server.address() as AddressInfo | null)?.port ?? 0
  }

  /** The HTTPS listener, whose certificate may be renewed; undefined over plain HTTP. */
  get tlsServer(): TlsServer | undefined {
    return this.#app.server instanceof TlsServer ? this.#app.server : undefined
  }

  /** Where it is reached, without a slash at the end. */
  get url(): string {
    const { host, tls } = this.#options
    const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
    return `${tls ? 'https' : 'http'}://${name}:${this.port}`
  }

  /** Listens. Fails with `conflict` when the port is in use, `invalid` when the host or port cannot be listened on. */
  async start(): Promise<void> {
    const { host, port } = this.#options
    this.#registerRoutes(this.#app)
    try {
      await this.#app.listen({ host, port })
    } catch (error) {
      throw listenError(error, host, port)
    }
  }

  /**
   * Takes no more requests and answers those that wait, for a swarm or another service, with `unavailable` at once. The
   * others may finish, each connection ends with its answer, and what is left after the grace is cut. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#signals.abortAll(new AppError('unavailable', 'the service is stopping'))
    const graceMs = this.#options.closeGraceMs ?? DEFAULT_CLOSE_GRACE_MS
    const cut = this.#services.clock.after(graceMs, () => this.#app.server.closeAllConnections())
    try {
      await this.#app.close()
    } finally {
      cut.dispose()
    }
  }

  #registerRoutes(app: ApiApp): void {
    const context = { services: this.#services, signals: this.#signals, openApi: () => this.#openApi() }
    registerRoutes(app, context, this.#options)
  }

  #openApi(): Promise<OpenApiDocument> {
    const { version, token } = this.#options
    this.#document ??= openApiDocument(version, token !== '', (app) => this.#registerRoutes(app))
    return this.#document
  }

  #guardRequests(): void {
    const { host, token } = this.#options
    const { metrics } = this.#services
    const guard = new RequestGuard({ host, token, onUnauthorized: () => metrics.add('login_failures_total') })
    this.#app.addHook('onRequest', (request, reply, next) => {
      reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
      if (this.#closing) sendError(reply, 'unavailable', 'the service is stopping')
      else if (guard.admits(request, reply, request.routeOptions.config.isOpen === true)) next()
    })
    this.#app.addHook('onSend', (_request, reply, payload, next) => {
      if (this.#closing) reply.header('connection', 'close')
      next(null, payload)
    })
    this.#app.addHook('onResponse', (request, reply, next) => {
      if (this.#closing) request.raw.socket.destroySoon() // an answer begun before promised to keep it
      const { method, routeOptions } = request
      this.#services.logger.debug('request', {
        method,
        route: routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      })
      next()
    })
    this.#app.setNotFoundHandler((_request, reply) => sendError(reply, 'not_found', 'no such address'))
  }
}

function listenError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return new AppError('conflict', `API_PORT ${port} on ${host} is already in use`, error)
  if (code === 'EACCES') return new AppError('invalid', `API_PORT ${port}: no permission to listen on it`, error)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new AppError('invalid', `API_HOST ${host} is not an address of this machine`, error)
  }
  return error
}
