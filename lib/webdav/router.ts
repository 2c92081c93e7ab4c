import type { ContentSource } from '../domain/content.ts'
import type { FileNode, TreeNode, TreeSource } from '../domain/tree.ts'
import type { GetHandler, OpenContent } from './get.ts'
import type { Inbox } from './inbox.ts'
import { listingPage } from './listing-page.ts'
import { handleLock, handleUnlock } from './lock-methods.ts'
import { isNeverThere, isRootMarker } from './names.ts'
import type { PropfindHandler } from './propfind.ts'
import { handleProppatch } from './proppatch.ts'
import type { DirectoryResource, FileResource, Resource } from './resource.ts'
import { type Answer, type Exchange, NOT_FOUND, READ_ONLY, send, text } from './responses.ts'

export interface RouterOptions {
  readonly trees: TreeSource
  readonly content: ContentSource
  readonly inbox: Inbox | undefined
  readonly get: GetHandler
  readonly propfind: PropfindHandler
}

const READ_METHODS = 'OPTIONS, GET, HEAD, PROPFIND'
const ALL_METHODS = `${READ_METHODS}, PUT, DELETE, MKCOL, COPY, MOVE, PROPPATCH, LOCK, UNLOCK`

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
  readonly #get: GetHandler
  readonly #propfind: PropfindHandler

  constructor({ trees, content, inbox, get, propfind }: RouterOptions) {
    this.#trees = trees
    this.#content = content
    this.#inbox = inbox
    this.#get = get
    this.#propfind = propfind
  }

  /** Fails with an AppError that was not answered yet. */
  async handle(exchange: Exchange): Promise<void> {
    const { request, req, res } = exchange
    const inbox = this.#inbox?.holds(request.segments) ? this.#inbox : undefined
    switch (request.method) {
      case 'OPTIONS':
        return send(req, res, this.#options(inbox))
      case 'GET':
      case 'HEAD':
        return inbox ? await this.#getFromInbox(exchange, inbox) : await this.#getFromTree(exchange)
      case 'PROPFIND':
        return inbox ? await this.#listInbox(exchange, inbox) : await this.#listTree(exchange)
      case 'PUT':
      case 'DELETE':
      case 'MKCOL':
      case 'COPY':
      case 'MOVE':
        return inbox ? await inbox.handleWrite(exchange) : send(req, res, READ_ONLY)
      case 'PROPPATCH':
        return inbox ? await handleProppatch(inbox, exchange) : send(req, res, READ_ONLY)
      case 'LOCK':
        return inbox ? await handleLock(inbox, exchange) : send(req, res, READ_ONLY)
      case 'UNLOCK':
        return inbox ? handleUnlock(inbox, exchange) : send(req, res, READ_ONLY)
      default:
        return send(req, res, text(405, `${request.method} is not supported`, { Allow: this.#allow(inbox) }))
    }
  }

  #allow(inbox: Inbox | undefined): string {
    return inbox ? ALL_METHODS : READ_METHODS
  }

  /** Finder mounts a server of class 1 read-only, so that class 2 is told only where something can be written. */
  #options(inbox: Inbox | undefined): Answer {
    return {
      status: 200,
      headers: {
        DAV: this.#inbox ? '1, 2' : '1',
        Allow: this.#allow(inbox),
        'MS-Author-Via': 'DAV',
        'Accept-Ranges': 'bytes',
      },
    }
  }

  #find(segments: readonly string[]): TreeNode | undefined {
    if (isNeverThere(segments.at(-1) ?? '')) return undefined
    const tree = this.#trees.current
    return segments.length === 0 ? tree.root : tree.find(segments.join('/'))
  }

  async #getFromTree(exchange: Exchange): Promise<void> {
    const { request, req, res } = exchange
    const node = this.#find(request.segments)
    if (node?.kind === 'file') return await this.#get.handle(exchange, node, this.#opens(node))
    if (node) {
      const mounted = await this.#mounted(request.segments)
      return this.#sendPage(exchange, node, [...node.children.values(), ...mounted.map(({ resource }) => resource)])
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
    if (resource.kind === 'directory') return this.#sendPage(exchange, resource, await inbox.list(request.segments))
    await this.#get.handle(exchange, resource, () => inbox.directory.openReader(path))
  }

  #sendPage({ request, req, res }: Exchange, directory: DirectoryResource, entries: readonly Resource[]): void {
    send(req, res, {
      status: 200,
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
        'Last-Modified': directory.lastModified,
      },
      body: listingPage(request.segments, entries, request.query),
    })
  }

  async #listTree(exchange: Exchange): Promise<void> {
    const { request, req, res } = exchange
    const node = this.#find(request.segments)
    if (!node) return send(req, res, NOT_FOUND)
    await this.#propfind.handleNode(exchange, node, await this.#mounted(request.segments))
  }

  async #listInbox(exchange: Exchange, inbox: Inbox): Promise<void> {
    const { request, req, res } = exchange
    const target = await inbox.find(request.segments)
    if (!target) return send(req, res, NOT_FOUND)
    await this.#propfind.handleOthers(exchange, target, (depth) => inbox.members(request.segments, depth))
  }

  /** What shows at the root beside the library. */
  async #mounted(segments: readonly string[]) {
    if (segments.length > 0 || !this.#inbox) return []
    const inbox = await this.#inbox.find([this.#inbox.name])
    return inbox ? [inbox] : []
  }
}

/** An empty file is never opened. */
const unopened: OpenContent = () => Promise.reject(new Error('an empty file was opened'))
