import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Clock } from '../domain/clock.ts'
import type { BufferPool, ContentSource } from '../domain/content.ts'
import type { Disposable } from '../domain/disposable.ts'
import type { DriveActions } from '../domain/drive-actions.ts'
import { AppError, toAppError } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { PlayLinks } from '../domain/play-links.ts'
import type { Tree, TreeSource } from '../domain/tree.ts'
import { type Access, Authenticator, type Credentials, type UsersSource } from './auth.ts'
import { Connections } from './connections.ts'
import { KEEP_ALIVE_S } from './direct-response.ts'
import { GetHandler } from './get.ts'
import { checkRequest, isRefusal, mayBeRebound } from './guard.ts'
import { Inbox } from './inbox.ts'
import { DEFAULT_INBOX_LIMITS, type InboxLimits } from './inbox-directory.ts'
import { LibraryWrites } from './library-writes.ts'
import { PlayLinkGate } from './play-link-gate.ts'
import type { Quota } from './properties.ts'
import { PropfindHandler } from './propfind.ts'
import { type Answer, errorAnswer, limitUnreadBody, send, text } from './responses.ts'
import { Router } from './router.ts'
import { TlsFiles, type TlsPem } from './tls-files.ts'

export interface WebdavServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly trees: TreeSource
  /** As `TreeRefresher.onSwapped`: what is listed next is rendered ahead. Without it listings are rendered when asked for. */
  readonly onTreeSwapped?: (listener: (tree: Tree) => void) => Disposable
  readonly content: ContentSource
  readonly buffers: BufferPool
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Without them and without users everyone is let in. */
  readonly credentials?: Credentials
  /** Further logins, as of a `UsersFile`; Digest is not offered then. */
  readonly users?: UsersSource
  /** Whether Basic is offered on a connection that is not TLS; true when left out. */
  readonly isBasicOverHttpAllowed?: boolean
  /** What writing to the library does; without them it is read-only. */
  readonly actions?: DriveActions
  /** Links that need no login; without them there are none. */
  readonly playLinks?: PlayLinks
  /** Fixed, or files whose changes new connections see. */
  readonly tls?: TlsPem | TlsFiles
  /** The directory behind /Inbox; without it there is none. */
  readonly inboxDir?: string
  readonly inboxLimits?: InboxLimits
  readonly quota: () => Quota
  /** Until it is true every request gets 503. */
  readonly isReady: () => boolean
}

const INBOX_NAME = 'Inbox'
const HEADERS_TIMEOUT_MS = 20_000
/** For the whole of a request, an upload to the inbox included. */
const REQUEST_TIMEOUT_MS = 600_000
const MAX_CONNECTIONS = 1024
/** What `close` leaves running answers to end. */
const CLOSE_MS = 5_000
const FOREIGN_PAGE = text(403, 'a web page may not act under this name')
const STARTING = text(503, 'starting', { 'Retry-After': 2 })

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** The drive: one listener, each request checked, let in, and given to its method. */
export class WebdavServer {
  readonly #options: WebdavServerOptions
  readonly #server: Server | TlsServer
  readonly #router: Router
  readonly #propfind: PropfindHandler
  readonly #inbox: Inbox | undefined
  readonly #authenticator: Authenticator | undefined
  readonly #playLinks: PlayLinkGate | undefined
  readonly #connections = new Connections()
  readonly #tlsFiles: Disposable | undefined
  #treeSubscription: Disposable | undefined
  #closing: Promise<void> | undefined

  constructor(options: WebdavServerOptions) {
    this.#options = options
    const { clock, logger, metrics, buffers, quota, tls, inboxDir, credentials, users } = options
    const settings = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_S * 1000,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    }
    if (tls) {
      const server = createTlsServer({ ...settings, ...(tls instanceof TlsFiles ? tls.current : tls) })
      if (tls instanceof TlsFiles) this.#tlsFiles = tls.attach(server)
      this.#server = server
    } else this.#server = createServer(settings)
    this.#server.maxConnections = MAX_CONNECTIONS
    this.#inbox =
      inboxDir === undefined
        ? undefined
        : new Inbox({
            directory: inboxDir,
            name: INBOX_NAME,
            limits: options.inboxLimits ?? DEFAULT_INBOX_LIMITS,
            clock,
            logger,
          })
    const inbox = this.#inbox
    const library =
      options.actions &&
      new LibraryWrites({
        actions: options.actions,
        trees: options.trees,
        clock,
        isElsewhere: (segments) => inbox?.holds(segments) ?? false,
      })
    const isOpen = credentials === undefined && users === undefined
    this.#authenticator = isOpen
      ? undefined
      : new Authenticator({
          ...(credentials && { credentials }),
          ...(users && { users }),
          clock,
          isBasicOffered: tls !== undefined || (options.isBasicOverHttpAllowed ?? true),
          onFailure: (address) => {
            metrics.add('login_failures_total')
            logger.warn('login failed', { address })
          },
        })
    this.#propfind = new PropfindHandler({ clock, metrics, quota })
    this.#router = new Router({
      trees: options.trees,
      content: options.content,
      inbox,
      library,
      get: new GetHandler({ buffers, logger }),
      propfind: this.#propfind,
    })
    this.#playLinks = options.playLinks && new PlayLinkGate(options.playLinks, this.#router)
    const onRequest = (req: IncomingMessage, res: ServerResponse): void =>
      this.#connections.inTurn(req, res, () => void this.#handle(req, res))
    this.#server.on('connection', this.#connections.add)
    this.#server.on('secureConnection', this.#connections.add)
    this.#server.on('request', onRequest)
    this.#server.on('checkContinue', onRequest)
    this.#server.on('clientError', (error: Error & { code?: string }, socket: Socket) => this.#refuse(error, socket))
    this.#server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy())
  }

  /** Listens, with the listings of large directories rendered. Fails with `conflict` when the port is in use, `invalid` when host or port may not be used. */
  async start(): Promise<{ readonly port: number }> {
    const { host, port, trees, onTreeSwapped } = this.#options
    await this.#inbox?.start()
    this.#treeSubscription = onTreeSwapped?.((tree) => this.#propfind.onTreeSwapped(tree))
    await this.#propfind.warm(trees.current)
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error): void => reject(listenError(error, host, port))
      this.#server.once('error', onError)
      this.#server.listen(port, host, () => {
        this.#server.off('error', onError)
        this.#server.on('error', (error) => this.#options.logger.error('listener failed', { err: error }))
        resolve()
      })
    })
    const address = this.#server.address()
    return { port: typeof address === 'object' && address ? address.port : port }
  }

  /** Called with the path on disk of every file that came to be in the inbox. Nothing is called without an inbox. */
  onInboxFile(listener: (path: string) => void): Disposable {
    return this.#inbox?.onFile(listener) ?? { dispose() {} }
  }

  /** Accepts no more, ends connections without an answer under way, lets answers end for some seconds, then cuts them. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#tlsFiles?.dispose()
    this.#treeSubscription?.dispose()
    if (this.#server.listening) {
      const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
      this.#connections.endIdle()
      const timer = this.#options.clock.after(CLOSE_MS, () => this.#connections.cutAll())
      await closed
      timer.dispose()
    }
    await this.#propfind.close()
    await this.#inbox?.close()
  }

  /** Never rejects. */
  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { clock, logger, metrics, isReady } = this.#options
    const startedMs = clock.monotonicMs()
    const { method, socket } = req
    this.#connections.beginAnswer(socket, res)
    res.on('close', () => {
      if (this.#connections.endAnswer(socket, res) && this.#closing) socket.destroySoon()
      const tookMs = clock.monotonicMs() - startedMs
      metrics.observe('webdav_request_seconds', tookMs / 1000)
      logger.debug('request', { method, url: req.url, status: res.statusCode, tookMs: Math.round(tookMs) })
    })
    res.on('error', destroyResponse) // a write after the client left
    limitUnreadBody(req, res, clock)
    try {
      const playLinks = PlayLinkGate.isFor(req.url) ? this.#playLinks : undefined
      const checked = playLinks ? 'read' : (this.#authenticator?.check(req) ?? 'write')
      const access: Access | Answer = checked instanceof Promise ? await checked : checked
      if (typeof access !== 'string') return send(req, res, access)
      if (!this.#authenticator && mayBeRebound(req)) return send(req, res, FOREIGN_PAGE)
      const request = checkRequest(req)
      if (isRefusal(request)) return send(req, res, text(request.status, request.message))
      if (!isReady()) return send(req, res, STARTING)
      await (playLinks ?? this.#router).handle({ request, access, req, res })
    } catch (error) {
      const failure = toAppError(error)
      if (failure.code === 'internal') logger.error('request failed', { method, url: req.url, err: error })
      if (failure.code === 'aborted' || res.headersSent) res.destroy()
      else send(req, res, errorAnswer(failure))
    }
  }

  /**
   * What the parser of HTTP refused never becomes a request, or breaks one off in its body. Nothing may be written into
   * an answer under way, or before one that is due.
   */
  #refuse(error: Error & { code?: string }, socket: Socket): void {
    const answer = this.#connections.answerOn(socket)
    const isInTheWay = answer !== undefined && (answer.headersSent || answer.req.complete)
    if (!socket.writable || error.code === 'ECONNRESET' || isInTheWay) {
      socket.destroy()
      return
    }
    const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request'
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    socket.destroySoon()
  }
}

function destroyResponse(this: ServerResponse): void {
  this.destroy()
}

/** The address of the drive as settings, which is what a person can change. */
function listenError(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const { code } = error
  if (code === 'EADDRINUSE') return new AppError('conflict', `WEBDAV_PORT ${port} on ${host} is already in use`, error)
  if (code === 'EACCES') return new AppError('invalid', `WEBDAV_PORT ${port}: no permission to listen on it`, error)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new AppError('invalid', `WEBDAV_HOST ${host} is not an address of this machine`, error)
  }
  return toAppError(error)
}
