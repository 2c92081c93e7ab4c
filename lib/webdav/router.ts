import type { ContentSource } from '../domain/content.ts'
import type { FileNode, TreeNode, TreeSource } from '../domain/tree.ts'
import type { GetHandler, OpenContent } from './get.ts'
import type { Depth } from './guard.ts'
import type { Inbox } from './inbox.ts'
import type { LibraryWrites } from './library-writes.ts'
import { listingPage } from './listing-page.ts'
import { handleLock, handleUnlock } from './lock-methods.ts'
import { SUPPORTED_LOCK } from './lock-table.ts'
import { isNeverThere, isRootMarker } from './names.ts'
import { NO_EXTRAS, type ResourceExtras } from './properties.ts'
import type { OtherResource, PropfindHandler } from './propfind.ts'
import { handleProppatch } from './proppatch.ts'
import type { DirectoryResource, FileResource, Resource } from './resource.ts'
import { type Answer, type Exchange, FORBIDDEN, NOT_FOUND, READ_ONLY, send, text } from './responses.ts'
import { sendPieces } from './send-pieces.ts'

export interface RouterOptions {
  readonly trees: TreeSource
  readonly content: ContentSource
  readonly inbox: Inbox | undefined
  /** Without them the library is read-only. */
  readonly library: LibraryWrites | undefined
  readonly get: GetHandler
  readonly propfind: PropfindHandler
}

const READS = ['OPTIONS', 'GET', 'HEAD', 'PROPFIND'] as const
const READ_METHODS: ReadonlySet<string> = new Set(READS)
const CHANGES = ['DELETE', 'MKCOL', 'COPY', 'MOVE', 'PROPPATCH', 'LOCK', 'UNLOCK'] as const
const ALLOW_READ = READS.join(', ')
const ALLOW_CHANGE = [...READS, ...CHANGES].join(', ')
const ALLOW_ALL = [...READS, 'PUT', ...CHANGES].join(', ')
const READ_ONLY_USER = text(403, 'this user may only read')

const MARKER: FileResource = {
  kind: 'file',
  name: '',
  href: '',
  modifiedAtMs: 0,
  lastModified: new Date(0).toUTCString(),
  etag: '"0"',
  sizeBytes: 0,
  mediaType: 'application/octet-stream',
}

/** Gives each checked request to its method: reads from the tree, everything under the inbox from there. */
export class Router {
  readonly #trees: TreeSource
  readonly #content: ContentSource
  readonly #inbox: Inbox | undefined
  readonly #library: LibraryWrites | undefined
  readonly #get: GetHandler
  readonly #propfind: PropfindHandler

  constructor({ trees, content, inbox, library, get, propfind }: RouterOptions) {
    this.#trees = trees
    this.#content = content
    this.#inbox = inbox
    this.#library = library
    this.#get = get
    this.#propfind = propfind
  }

  /** Fails with an AppError that was not answered yet. */
  async handle(exchange: Exchange): Promise<void> {
    const { request, req, res } = exchange
    const { method, segments } = request
    const inbox = this.#inbox?.holds(segments) ? this.#inbox : undefined
    if (exchange.access === 'read' && !READ_METHODS.has(method)) return send(req, res, READ_ONLY_USER)
    // Nothing of the drive is locked or changed as a whole.
    const writable = inbox ?? (segments.length > 0 ? this.#library : undefined)
    switch (method) {
      case 'OPTIONS':
        return send(req, res, this.#options(exchange))
      case 'GET':
      case 'HEAD':
        return inbox ? await this.#getFromInbox(exchange, inbox) : await this.#getFromTree(exchange)
      case 'PROPFIND':
        return inbox ? await this.#listInbox(exchange, inbox) : await this.#listTree(exchange)
      case 'PUT':
        return inbox ? await inbox.handleWrite(exchange) : send(req, res, READ_ONLY)
      case 'DELETE':
      case 'MKCOL':
      case 'COPY':
      case 'MOVE':
        return writable ? await writable.handleWrite(exchange) : send(req, res, READ_ONLY)
      case 'PROPPATCH':
        return writable ? await handleProppatch(writable, exchange) : send(req, res, READ_ONLY)
      case 'LOCK':
        return writable ? await handleLock(writable, exchange) : send(req, res, READ_ONLY)
      case 'UNLOCK':
        return writable ? handleUnlock(writable, exchange) : send(req, res, READ_ONLY)
      default:
        return send(req, res, text(405, `${method} is not supported`, { Allow: this.#allow(exchange) }))
    }
  }

  /** GET or HEAD of a file of the library that was allowed by itself. */
  async handleFile(exchange: Exchange, segments: readonly string[]): Promise<void> {
    const node = this.#find(segments)
    if (node?.kind === 'file') await this.#get.handle(exchange, node, this.#opens(node))
    else send(exchange.req, exchange.res, node ? FORBIDDEN : NOT_FOUND)
  }

  #allow({ request: { segments }, access }: Exchange): string {
    if (access === 'read') return ALLOW_READ
    if (this.#inbox?.holds(segments)) return ALLOW_ALL
    return this.#library && segments.length > 0 ? ALLOW_CHANGE : ALLOW_READ
  }

  /** Finder mounts a server of class 1 read-only: class 2 is told where something can be written, there or below. */
  #options(exchange: Exchange): Answer {
    const { segments } = exchange.request
    const allow = this.#allow(exchange)
    const isAboveWritable = segments.length === 0 && exchange.access === 'write' && (this.#inbox ?? this.#library)
    return {
      status: 200,
      headers: {
        DAV: allow !== ALLOW_READ || isAboveWritable ? '1, 2' : '1',
        Allow: allow,
        'MS-Author-Via': 'DAV',
        'Accept-Ranges': 'bytes',
      },
    }
  }

  #find(segments: readonly string[]): TreeNode | undefined {
    if (isNeverThere(segments.at(-1) ?? '')) return undefined
    const tree = this.#trees.current
    return segments.length === 0 ? tree.root : (tree.find(segments.join('/')) ?? this.#library?.find(segments))
  }

  async #getFromTree(exchange: Exchange): Promise<void> {
    const { request, req, res } = exchange
    const node = this.#find(request.segments)
    if (node?.kind === 'file') return await this.#get.handle(exchange, node, this.#opens(node))
    if (node) {
      const mounted = await this.#mounted(request.segments, '1')
      return await this.#sendPage(exchange, node, [
        ...node.children.values(),
        ...mounted.map(({ resource }) => resource),
      ])
    }
    if (isRootMarker(request.segments)) return await this.#get.handle(exchange, MARKER, unopened)
    send(req, res, NOT_FOUND)
  }

  #opens(node: FileNode): OpenContent {
    return (range, signal) => this.#content.open(node.content, range, signal)
  }

  async #getFromInbox(exchange: Exchange, inbox: Inbox): Promise<void> {
    const { request, req, res } = exchange
    const path = request.segments.slice(1)
    const resource = await inbox.stat(request.segments)
    if (!resource) return send(req, res, NOT_FOUND)
    if (resource.kind === 'directory')
      return await this.#sendPage(exchange, resource, await inbox.list(request.segments))
    await this.#get.handle(exchange, resource, () => inbox.directory.openReader(path))
  }

  async #sendPage(
    { request, req, res }: Exchange,
    directory: DirectoryResource,
    entries: readonly Resource[],
  ): Promise<void> {
    const headers = {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      'Last-Modified': directory.lastModified,
    }
    await sendPieces(req, res, 200, headers, listingPage(request.segments, entries, request.query))
  }

  async #listTree(exchange: Exchange): Promise<void> {
    const { request, req, res } = exchange
    const node = this.#find(request.segments)
    if (!node) return send(req, res, NOT_FOUND)
    const { depth = 'infinity' } = request
    const library = request.segments.length > 0 && depth === '0' ? this.#library : undefined
    if (!library) return await this.#propfind.handleNode(exchange, node, await this.#mounted(request.segments, depth))
    const extras: ResourceExtras = {
      ...NO_EXTRAS,
      lockDiscovery: library.locks.discovery(request.segments),
      supportedLock: SUPPORTED_LOCK,
    }
    await this.#propfind.handleOthers(exchange, { resource: node, extras }, noMembers)
  }

  async #listInbox(exchange: Exchange, inbox: Inbox): Promise<void> {
    const { request, req, res } = exchange
    const target = await inbox.find(request.segments)
    if (!target) return send(req, res, NOT_FOUND)
    await this.#propfind.handleOthers(exchange, target, (depth) => inbox.members(request.segments, depth))
  }

  /** What shows at the root beside the library, with all below it for `infinity`. */
  async #mounted(segments: readonly string[], depth: Depth): Promise<readonly OtherResource[]> {
    if (segments.length > 0 || !this.#inbox) return []
    const path = [this.#inbox.name]
    const inbox = await this.#inbox.find(path)
    if (!inbox || depth !== 'infinity') return inbox ? [inbox] : []
    return [inbox, ...(await this.#inbox.members(path, depth))]
  }
}

const noMembers = (): Promise<readonly []> => Promise.resolve([])

/** An empty file is never opened. */
const unopened: OpenContent = () => Promise.reject(new Error('an empty file was opened'))
