import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Clock } from '../domain/clock.ts'
import type { Metrics } from '../domain/metrics.ts'
import type { DirectoryNode, TreeNode } from '../domain/tree.ts'
import { type CachedListing, ListingCache } from './listing-cache.ts'
import { PropertySet, type Quota, type ResourceExtras } from './properties.ts'
import type { Resource } from './resource.ts'
import {
  davError,
  type Exchange,
  MULTISTATUS_CLOSE,
  MULTISTATUS_OPEN,
  readBody,
  send,
  text,
  XML_TYPE,
} from './responses.ts'
import { parseXml } from './xml.ts'

/** A resource that is in no library tree, with what only it has. */
export interface OtherResource {
  readonly resource: Resource
  readonly extras: ResourceExtras
}

export interface PropfindHandlerOptions {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly quota: () => Quota
  /** Entries that a Depth: infinity answer may have. */
  readonly maxInfiniteEntries?: number
}

const MAX_BODY_BYTES = 32 * 1024
const MULTISTATUS_HEADERS = { 'Content-Type': XML_TYPE }
/** Text is joined up to this size before it goes to the socket. */
const CHUNK_CHARS = 128 * 1024
const compress = promisify(gzip)

/** PROPFIND (RFC 4918 section 9.1). */
export class PropfindHandler {
  readonly #clock: Clock
  readonly #metrics: Metrics
  readonly #quota: () => Quota
  readonly #maxInfiniteEntries: number
  readonly #cache = new ListingCache()

  constructor({ clock, metrics, quota, maxInfiniteEntries = 20_000 }: PropfindHandlerOptions) {
    this.#clock = clock
    this.#metrics = metrics
    this.#quota = quota
    this.#maxInfiniteEntries = maxInfiniteEntries
  }

  /** A node of the library; `mounted` are resources that show beside its children. */
  async handleNode(exchange: Exchange, node: TreeNode, mounted: readonly OtherResource[]): Promise<void> {
    const properties = await this.#properties(exchange)
    if (!properties) return
    const { depth = 'infinity' } = exchange.request
    const startedMs = this.#clock.monotonicMs()
    if (node.kind === 'file' || depth === '0') this.#sendText(exchange, properties.render(node))
    else if (depth === 'infinity') await this.#sendAll(exchange, properties, node, mounted)
    else if (mounted.length === 0 && properties.isCacheable && ListingCache.isWorthwhile(node)) {
      this.#sendCached(exchange, this.#cache.get(node, properties))
    } else {
      let responses = properties.render(node)
      for (const child of node.children.values()) responses += properties.render(child)
      for (const { resource, extras } of mounted) responses += properties.render(resource, extras)
      this.#sendText(exchange, responses)
    }
    this.#metrics.observe('listing_seconds', (this.#clock.monotonicMs() - startedMs) / 1000)
  }

  /** Resources outside the library: the first is the target, the rest are `members(depth)` of it. */
  async handleOthers(
    exchange: Exchange,
    target: OtherResource,
    members: (depth: '1' | 'infinity') => Promise<readonly OtherResource[]>,
  ): Promise<void> {
    const properties = await this.#properties(exchange)
    if (!properties) return
    const { depth = 'infinity' } = exchange.request
    const all = target.resource.kind === 'file' || depth === '0' ? [target] : [target, ...(await members(depth))]
    this.#sendText(exchange, all.map(({ resource, extras }) => properties.render(resource, extras)).join(''))
  }

  /** The set asked for; undefined when the request was answered already. */
  async #properties({ request, req, res }: Exchange): Promise<PropertySet | undefined> {
    const isCompact = req.headers['user-agent']?.startsWith('Microsoft-WebDAV-MiniRedir') ?? false
    if (!request.hasBody) return PropertySet.allprop(this.#quota, isCompact)
    const body = await readBody(req, res, MAX_BODY_BYTES)
    if (!body) {
      send(req, res, text(413, `a PROPFIND body has at most ${MAX_BODY_BYTES} bytes`))
      return undefined
    }
    if (body.length === 0) return PropertySet.allprop(this.#quota, isCompact)
    const root = parseXml(body)
    const properties = root && PropertySet.of(root, this.#quota, isCompact)
    if (!properties) send(req, res, text(400, 'the body is no propfind element'))
    return properties
  }

  #sendText({ req, res }: Exchange, responses: string): void {
    const body = MULTISTATUS_OPEN + responses + MULTISTATUS_CLOSE
    send(req, res, { status: 207, headers: MULTISTATUS_HEADERS, body })
  }

  #sendCached({ req, res }: Exchange, listing: CachedListing): void {
    const headers = { ...MULTISTATUS_HEADERS, ETag: listing.etag, Vary: 'Accept-Encoding' }
    if (req.headers['if-none-match']?.includes(listing.etag)) {
      send(req, res, { status: 304, headers })
      return
    }
    if (!acceptsGzip(req.headers['accept-encoding'])) {
      send(req, res, { status: 207, headers, body: listing.bytes })
    } else if (listing.gzipped) {
      send(req, res, { status: 207, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: listing.gzipped })
    } else {
      // The first to ask would wait longer for the compression than for the bytes; it is done for those that follow.
      send(req, res, { status: 207, headers, body: listing.bytes })
      if (!listing.isCompressing) {
        listing.isCompressing = true
        compress(listing.bytes, { level: 4 }).then(
          (gzipped) => {
            listing.gzipped = gzipped
          },
          () => {}, // stays uncompressed
        )
      }
    }
  }

  /** Depth: infinity, streamed: no more text in memory than the socket has not taken. */
  async #sendAll(
    { req, res }: Exchange,
    properties: PropertySet,
    root: DirectoryNode,
    mounted: readonly OtherResource[],
  ): Promise<void> {
    if (countUpTo(root, this.#maxInfiniteEntries) >= this.#maxInfiniteEntries) {
      send(req, res, davError(403, '<D:propfind-finite-depth/>'))
      return
    }
    res.writeHead(207, MULTISTATUS_HEADERS)
    let chunk = MULTISTATUS_OPEN
    for (const node of walk(root)) {
      chunk += properties.render(node)
      if (chunk.length < CHUNK_CHARS) continue
      if (!res.write(chunk)) await drained(res)
      if (res.destroyed) return
      chunk = ''
    }
    for (const { resource, extras } of mounted) chunk += properties.render(resource, extras)
    res.end(chunk + MULTISTATUS_CLOSE)
  }
}

function* walk(node: TreeNode): Generator<TreeNode> {
  yield node
  if (node.kind === 'directory') for (const child of node.children.values()) yield* walk(child)
}

function countUpTo(root: DirectoryNode, limit: number): number {
  let count = 0
  for (const _ of walk(root)) {
    count += 1
    if (count >= limit) break
  }
  return count
}

function drained(res: Exchange['res']): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done).off('close', done)
      resolve()
    }
    res.on('drain', done).on('close', done)
  })
}

/** RFC 9110 section 12.5.3, as far as clients use it. */
export const acceptsGzip = (field: string | string[] | undefined): boolean =>
  field !== undefined &&
  /(?:^|,)[ \t]*gzip[ \t]*(?:;[ \t]*q=(?!0(?:\.0{0,3})?[ \t]*(?:,|$))[\d.]+[ \t]*)?(?:,|$)/i.test(String(field))
