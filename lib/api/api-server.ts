import { Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyReply, type FastifyRequest, type HTTPMethods } from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { delay } from '../domain/abort.ts'
import { AppError } from '../domain/errors.ts'
import type { ApiApp } from './api-app.ts'
import type { ApiServerOptions, ApiServices } from './api-services.ts'
import { registerAssignRoutes } from './assign-routes.ts'
import { registerBulkRoutes } from './bulk-routes.ts'
import { registerCacheRoutes } from './cache-routes.ts'
import { registerConnectRoutes } from './connect-routes.ts'
import { errorBody, errorHandler, sendError } from './error-answers.ts'
import { registerFileRoutes } from './file-routes.ts'
import { registerIdentifyRoutes } from './identify-routes.ts'
import { registerMovieRoutes } from './movie-routes.ts'
import { registerOfflineRoutes } from './offline-routes.ts'
import { openApiOptions } from './openapi.ts'
import { isLoopbackHost, RequestGuard } from './request-guard.ts'
import { RequestSignals } from './request-signals.ts'
import { BODY_MAX_BYTES } from './schemas/common.ts'
import { registerSearchRoutes } from './search-routes.ts'
import { registerShowRoutes } from './show-routes.ts'
import { answerWhenShown } from './shown-changes.ts'
import { registerSubtitleRoutes } from './subtitle-routes.ts'
import { registerSystemRoutes } from './system-routes.ts'
import { registerTorrentRoutes } from './torrent-routes.ts'
import { registerTransferRoutes } from './transfer-routes.ts'
import { registerTrashRoutes } from './trash-routes.ts'

const DEFAULT_CLOSE_GRACE_MS = 4000
/** After running requests were told to end, for their last answers. */
const CUT_AFTER_MS = 1000
/** For a request with its body: a whole library to import, over a slow network. Headers have a minute by the default. */
const REQUEST_TIMEOUT_MS = 10 * 60_000
const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** REST over HTTP or HTTPS. Every answer that is not a 2xx has the form `{"error": {"code", "message"}}`. */
export class ApiServer {
  readonly #options: ApiServerOptions
  readonly #services: ApiServices
  readonly #signals = new RequestSignals()
  readonly #app: ApiApp
  #closing: Promise<void> | undefined

  /** Throws `invalid` for a host that others can reach and no token. */
  constructor(options: ApiServerOptions, services: ApiServices) {
    if (options.token === '' && !isLoopbackHost(options.host)) {
      throw new AppError('invalid', `API_TOKEN is needed when API_HOST is not a loopback address: ${options.host}`)
    }
    this.#options = options
    this.#services = services
    this.#app = createApp(options)
    this.#app.setErrorHandler(errorHandler(services.logger))
    this.#guardRequests()
    answerWhenShown(this.#app, services)
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
    const { host, port, version, token } = this.#options
    await this.#app.register(swagger, openApiOptions(version, token !== ''))
    this.#registerRoutes()
    try {
      await this.#app.listen({ host, port })
    } catch (error) {
      throw listenError(error, host, port)
    }
  }

  /** The OpenAPI document of a started server. */
  openApi(): object {
    return this.#app.swagger()
  }

  /** Takes no more requests, lets those that run finish for the grace, aborts them, then cuts what is left. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { clock } = this.#services
    const done = new AbortController()
    const cut = this.#cutAfterGrace(clock, done.signal)
    try {
      await this.#app.close()
    } finally {
      done.abort()
      await cut
    }
  }

  async #cutAfterGrace(clock: ApiServices['clock'], done: AbortSignal): Promise<void> {
    try {
      await delay(clock, this.#options.closeGraceMs ?? DEFAULT_CLOSE_GRACE_MS, done)
      this.#signals.abortAll(new AppError('unavailable', 'the service is stopping'))
      await delay(clock, CUT_AFTER_MS, done)
      this.#app.server.closeAllConnections()
    } catch (error) {
      if (!done.aborted) throw error // the wait ended because everything was closed before
    }
  }

  #guardRequests(): void {
    const { host, token } = this.#options
    const { metrics } = this.#services
    const guard = new RequestGuard({ host, token, onUnauthorized: () => metrics.add('login_failures_total') })
    this.#app.addHook('onRequest', (request, reply, next) => {
      reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
      if (this.#closing) {
        reply.header('connection', 'close')
        sendError(reply, 'unavailable', 'the service is stopping')
        return
      }
      if (guard.admits(request, reply, request.routeOptions.config.isOpen === true)) next()
    })
    this.#app.addHook('onResponse', (request, reply, next) => {
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

  #registerRoutes(): void {
    const methodsOf = new Map<string, Set<string>>()
    this.#app.addHook('onRoute', ({ url, method }) => {
      const methods = methodsOf.get(url) ?? new Set()
      for (const one of [method].flat()) methods.add(one)
      methodsOf.set(url, methods)
    })
    const context = { services: this.#services, signals: this.#signals }
    registerTorrentRoutes(this.#app, context)
    registerBulkRoutes(this.#app, context)
    registerMovieRoutes(this.#app, context)
    registerShowRoutes(this.#app, context)
    registerAssignRoutes(this.#app, context)
    registerFileRoutes(this.#app, context)
    registerOfflineRoutes(this.#app, context)
    registerTrashRoutes(this.#app, context)
    registerSubtitleRoutes(this.#app, context)
    registerSearchRoutes(this.#app, context)
    registerTransferRoutes(this.#app, context, this.#options)
    registerCacheRoutes(this.#app, context)
    registerIdentifyRoutes(this.#app, context)
    registerConnectRoutes(this.#app, this.#services.connect)
    registerSystemRoutes(this.#app, context, this.#options.version)
    for (const [url, methods] of [...methodsOf]) this.#refuseOtherMethods(url, [...methods])
  }

  /** 405 with `Allow` (RFC 9110 section 15.5.6) where the framework would say 404. */
  #refuseOtherMethods(url: string, allowed: readonly string[]): void {
    const refuse = (_request: FastifyRequest, reply: FastifyReply) => {
      reply.header('allow', allowed.join(', '))
      sendError(reply, 'invalid', `the method is not one of ${allowed.join(', ')}`, 405)
    }
    this.#app.route({
      method: METHODS.filter((method) => !allowed.includes(method)),
      url,
      schema: { hide: true },
      onRequest: refuse,
      handler: refuse,
    })
  }
}

function createApp(options: ApiServerOptions): ApiApp {
  const app = Fastify({
    https: options.tls ?? null,
    logger: false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // the guard answers those in the one error form
    frameworkErrors: (error, _request, reply) => sendError(reply, 'invalid', error.message, error.statusCode),
    clientErrorHandler: (_error, socket) => {
      if (!socket.writable) return
      const body = JSON.stringify(errorBody('invalid', 'not a valid HTTP request'))
      const head = ['HTTP/1.1 400 Bad Request', 'Connection: close', 'Content-Type: application/json; charset=utf-8']
      socket.end(`${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  // The types hold every answer to its schema already, so none is parsed again on its way out.
  app.setSerializerCompiler(() => JSON.stringify)
  acceptJsonOnly(app)
  return app
}

/** JSON bodies only; an empty one counts as none, since many programs send the type with every request. */
function acceptJsonOnly(app: ApiApp): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parse(request, body as string, done)
  })
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
