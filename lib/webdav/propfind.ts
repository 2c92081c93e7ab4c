import type { Clock } from '../domain/clock.ts'
import type { Metrics } from '../domain/metrics.ts'
import { runInSlices } from '../domain/slices.ts'
import type { DirectoryNode, Tree, TreeNode } from '../domain/tree.ts'
import { matches } from './conditions.ts'
import { connectionSignal } from './connection-signal.ts'
import { acceptedEncoding } from './content-encoding.ts'
import type { Depth } from './guard.ts'
import { knownSets } from './known-sets.ts'
import { ListingCache } from './listing-cache.ts'
import { ListingWarmer } from './listing-warmer.ts'
import { PropertySet, type Quota, type ResourceExtras } from './properties.ts'
import type { Resource } from './resource.ts'
import {
  davError,
  type Exchange,
  MULTISTATUS_CLOSE,
  MULTISTATUS_OPEN,
  readBody,
  send,
  sendRaw,
  text,
  XML_TYPE,
} from './responses.ts'
import { sendPieces } from './send-pieces.ts'
import { SmallListings } from './small-listings.ts'
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
/** Bodies are kept with what they ask for: a client sends the same one for every directory. */
const MAX_KEPT_SETS = 64
const MAX_KEPT_BODY_BYTES = 2048
const MULTISTATUS_HEADERS = { 'Content-Type': XML_TYPE }
const SLICE_MS = 5

/** PROPFIND (RFC 4918 section 9.1). */
export class PropfindHandler {
  readonly #clock: Clock
  readonly #metrics: Metrics
  readonly #quota: () => Quota
  readonly #maxInfiniteEntries: number
  readonly #cache = new ListingCache()
  readonly #small = new SmallListings()
  readonly #warmer: ListingWarmer
  readonly #allprop: PropertySet
  readonly #compactAllprop: PropertySet
  readonly #sets = new Map<string, PropertySet>()

  constructor({ clock, metrics, quota, maxInfiniteEntries = 20_000 }: PropfindHandlerOptions) {
    this.#clock = clock
    this.#metrics = metrics
    this.#quota = quota
    this.#maxInfiniteEntries = maxInfiniteEntries
    this.#allprop = PropertySet.allprop(quota, false)
    this.#compactAllprop = PropertySet.allprop(quota, true)
    this.#warmer = new ListingWarmer({ cache: this.#cache, clock, sets: knownSets(quota) })
  }

  /** Resolves when the listings of large directories are rendered for what clients are known to ask. Never rejects. */
  async warm(tree: Tree): Promise<void> {
    await this.#warmer.warm(tree)
  }

  /** To be called with each new tree; its changed listings are rendered in the background. */
  onTreeSwapped(tree: Tree): void {
    this.#warmer.onSwapped(tree)
  }

  /** Resolves when nothing of it works in the background. Idempotent. */
  async close(): Promise<void> {
    await this.#warmer.close()
    await this.#cache.settled()
  }

  /** A node of the library; `mounted` are resources that show beside its children. */
  async handleNode(exchange: Exchange, node: TreeNode, mounted: readonly OtherResource[]): Promise<void> {
    const properties = await this.#properties(exchange)
    if (!properties) return
    const { depth = 'infinity' } = exchange.request
    const startedMs = this.#clock.monotonicMs()
    if (node.kind === 'file' || depth === '0') this.#sendText(exchange, properties.render(node))
    else if (mounted.length > 0 || !properties.isCacheable) await this.#list(exchange, properties, node, mounted)
    else {
      const etag = listingEtag(node, properties, depth)
      const isCached = depth === '1' && ListingCache.isWorthwhile(node)
      const ifNoneMatch = exchange.req.headers['if-none-match']
      if (ifNoneMatch !== undefined && matches(ifNoneMatch, etag, 'weak')) {
        const headers = ['ETag', etag, ...(isCached ? ['Vary', 'Accept-Encoding'] : [])]
        sendRaw(exchange.req, exchange.res, 304, headers, '')
      } else if (isCached) await this.#sendCached(exchange, properties, node, etag)
      else if (depth !== '1') await this.#list(exchange, properties, node, mounted, etag)
      else this.#sendSmall(exchange, properties, node, etag)
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
    await sendPieces(exchange.req, exchange.res, 207, MULTISTATUS_HEADERS, rendered(properties, [], all))
  }

  /** The set asked for; undefined when the request was answered already. */
  async #properties({ request, req, res }: Exchange): Promise<PropertySet | undefined> {
    const isCompact = req.headers['user-agent']?.startsWith('Microsoft-WebDAV-MiniRedir') ?? false
    const allprop = isCompact ? this.#compactAllprop : this.#allprop
    if (!request.hasBody) return allprop
    const body = await readBody(req, res, MAX_BODY_BYTES)
    if (!body) {
      send(req, res, text(413, `a PROPFIND body has at most ${MAX_BODY_BYTES} bytes`))
      return undefined
    }
    if (body.length === 0) return allprop
    const key = `${isCompact} ${body.toString('latin1')}`
    const kept = this.#sets.get(key)
    if (kept) return kept
    const root = parseXml(body)
    const properties = root && PropertySet.of(root, this.#quota, isCompact)
    if (!properties) send(req, res, text(400, 'the body is no propfind element'))
    else if (body.length <= MAX_KEPT_BODY_BYTES) {
      if (this.#sets.size >= MAX_KEPT_SETS) this.#sets.clear()
      this.#sets.set(key, properties)
    }
    return properties
  }

  /** Rendered as it is sent: all that lies below, or other resources stand beside the children, or it is not worth keeping. */
  async #list(
    { request, req, res }: Exchange,
    properties: PropertySet,
    node: DirectoryNode,
    mounted: readonly OtherResource[],
    etag?: string,
  ): Promise<void> {
    const isDeep = request.depth !== '1'
    if (isDeep && countUpTo(node, this.#maxInfiniteEntries) >= this.#maxInfiniteEntries) {
      send(req, res, davError(403, '<D:propfind-finite-depth/>'))
      return
    }
    const nodes = isDeep ? walk(node) : [node, ...node.children.values()]
    const headers = etag === undefined ? MULTISTATUS_HEADERS : { ...MULTISTATUS_HEADERS, ETag: etag }
    await sendPieces(req, res, 207, headers, rendered(properties, nodes, mounted))
  }

  #sendText({ req, res }: Exchange, responses: string): void {
    const body = MULTISTATUS_OPEN + responses + MULTISTATUS_CLOSE
    send(req, res, { status: 207, headers: MULTISTATUS_HEADERS, body })
  }

  #sendSmall({ req, res }: Exchange, properties: PropertySet, node: DirectoryNode, etag: string): void {
    const body = this.#small.get(node, properties)
    const headers = ['Content-Length', String(body.length), 'Content-Type', XML_TYPE, 'ETag', etag]
    sendRaw(req, res, 207, headers, body, 'latin1')
  }

  async #sendCached({ req, res }: Exchange, properties: PropertySet, node: DirectoryNode, etag: string): Promise<void> {
    const listing = this.#cache.has(node, properties)
      ? this.#cache.get(node, properties)
      : await runInSlices(
          this.#cache.prepare(node, properties),
          { clock: this.#clock, sliceMs: SLICE_MS },
          connectionSignal(req.socket),
        )
    const headers = { ...MULTISTATUS_HEADERS, ETag: etag, Vary: 'Accept-Encoding' }
    const encoding = acceptedEncoding(req.headers['accept-encoding']?.toString())
    const encoded = encoding && this.#cache.encodedBytes(listing, encoding)
    if (encoded) send(req, res, { status: 207, headers: { ...headers, 'Content-Encoding': encoding }, body: encoded })
    else send(req, res, { status: 207, headers, body: listing.bytes })
  }
}

function* rendered(
  properties: PropertySet,
  nodes: Iterable<TreeNode>,
  others: Iterable<OtherResource>,
): Generator<string, void> {
  yield MULTISTATUS_OPEN
  for (const node of nodes) yield properties.render(node)
  for (const { resource, extras } of others) yield properties.render(resource, extras)
  yield MULTISTATUS_CLOSE
}

/**
 * A directory's own etag tells of all below it. Weak, since one value stands for every coding of the answer
 * (RFC 9110 section 8.8.3.3).
 */
const listingEtag = ({ etag }: DirectoryNode, { tag }: PropertySet, depth: Depth): string =>
  `W/"${etag.replace(/^W\//, '').slice(1, -1)}-${tag}${depth === 'infinity' ? '-all' : ''}"`

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
