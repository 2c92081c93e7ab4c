import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../domain/clock.ts'
import type { Disposable } from '../domain/disposable.ts'
import type { Logger } from '../domain/logger.ts'
import { DeadProperties, type PropertyChange } from './dead-properties.ts'
import { InboxDirectory, type InboxLimits } from './inbox-directory.ts'
import type { LockableSpace } from './lock-methods.ts'
import { LockTable, SUPPORTED_LOCK, type WriteScope } from './lock-table.ts'
import { isLitter } from './names.ts'
import { isLive, type ResourceExtras } from './properties.ts'
import type { OtherResource } from './propfind.ts'
import type { PropertySpace } from './proppatch.ts'
import { encodePath, type Resource } from './resource.ts'
import { type Answer, drainBody, type Exchange, expectBody, NOT_FOUND, send, text } from './responses.ts'
import { forbids } from './write-conditions.ts'

export interface InboxOptions {
  readonly directory: string
  readonly name: string
  readonly limits: InboxLimits
  readonly clock: Clock
  readonly logger: Logger
}

type RunPackage = (req: IncomingMessage, res: ServerResponse) => void

const MAX_LITTER_BYTES = 16 * 1024 * 1024

/** The writable folder: its files, their locks and dead properties, and what stands in front of a write to it. */
export class Inbox implements LockableSpace, PropertySpace {
  readonly name: string
  readonly directory: InboxDirectory
  readonly locks: LockTable
  readonly properties: DeadProperties
  readonly #logger: Logger
  #package: Promise<RunPackage> | undefined

  constructor({ directory, name, limits, clock, logger }: InboxOptions) {
    this.name = name
    this.directory = new InboxDirectory(directory, name, limits)
    this.locks = new LockTable(clock)
    this.properties = new DeadProperties(this.directory.propertiesFile)
    this.#logger = logger
  }

  async start(): Promise<void> {
    await this.directory.start()
    await this.properties.load()
  }

  close(): Promise<void> {
    return this.properties.close()
  }

  onFile(listener: (path: string) => void): Disposable {
    return this.directory.onFile(listener)
  }

  /** Whether a path from the root of the drive lies in here. */
  holds(segments: readonly string[]): boolean {
    return segments[0] === this.name
  }

  /** By its path from the root of the drive. Litter is not there, however it came. */
  async stat(segments: readonly string[]): Promise<Resource | undefined> {
    return segments.length > 1 && isLitter(segments.at(-1) ?? '')
      ? undefined
      : await this.directory.stat(segments.slice(1))
  }

  /** What a directory shows. */
  async list(segments: readonly string[]): Promise<readonly Resource[]> {
    return (await this.directory.list(segments.slice(1))).filter(({ name }) => !isLitter(name))
  }

  async find(segments: readonly string[]): Promise<OtherResource | undefined> {
    const resource = await this.stat(segments)
    return resource && { resource, extras: this.extras(segments) }
  }

  /** What lies in a directory, all the way down for `infinity`; the number of entries is limited when they are made. */
  async members(segments: readonly string[], depth: '1' | 'infinity'): Promise<readonly OtherResource[]> {
    const members: OtherResource[] = []
    for (const resource of await this.list(segments)) {
      const path = [...segments, resource.name]
      members.push({ resource, extras: this.extras(path) })
      if (depth === 'infinity' && resource.kind === 'directory') members.push(...(await this.members(path, depth)))
    }
    return members
  }

  extras(segments: readonly string[]): ResourceExtras {
    return {
      dead: this.properties.get(this.#propertyKey(segments)),
      lockDiscovery: this.locks.discovery(segments),
      supportedLock: SUPPORTED_LOCK,
    }
  }

  /** A lock on nothing makes an empty file (RFC 4918 section 7.3). */
  createEmpty(segments: readonly string[]): Promise<void> {
    return this.directory.createEmpty(segments.slice(1))
  }

  isDiscarded(segments: readonly string[]): boolean {
    return isLitter(segments.at(-1) ?? '')
  }

  isProtected(name: string): boolean {
    return isLive(name)
  }

  updateProperties(segments: readonly string[], changes: readonly PropertyChange[]): Promise<void> {
    return this.properties.update(this.#propertyKey(segments), changes)
  }

  /** PUT, DELETE, MKCOL, COPY and MOVE. */
  async handleWrite(exchange: Exchange): Promise<void> {
    const { request, req, res } = exchange
    const name = request.segments.at(-1) ?? ''
    if (request.segments.length > 1 && isLitter(name)) return await discard(exchange)
    this.#package ??= this.#loadPackage()
    const run = await this.#package // before the checks: nothing may come between them and the write
    const answer = await this.#check(exchange)
    if (answer) return send(req, res, answer)
    this.#runPackage(run, exchange)
  }

  /** Only where something is written: it is a tenth of all that the service would load. */
  async #loadPackage(): Promise<RunPackage> {
    const { InboxFileSystem, writesOf } = await import('./inbox-file-system.ts')
    const { name, directory, properties, locks } = this
    return writesOf(new InboxFileSystem({ directory, properties, locks, logger: this.#logger }), name)
  }

  async #check(exchange: Exchange): Promise<Answer | undefined> {
    const { request } = exchange
    const { segments, method } = request
    if (segments.length === 1) return text(method === 'MKCOL' ? 405 : 403, 'the inbox itself stays')
    const refused = method === 'PUT' ? await this.#checkPut(exchange) : this.#checkBodyless(exchange)
    if (refused) return refused
    const destination = method === 'COPY' || method === 'MOVE' ? request.destination : undefined
    if (destination) {
      const source = segments.join('/')
      const target = destination.join('/')
      if (source === target) return text(403, 'the source and the destination are the same')
      if (`${target}/`.startsWith(`${source}/`) || `${source}/`.startsWith(`${target}/`)) {
        return text(403, 'one of the source and the destination lies in the other')
      }
      if (!(await this.stat(segments))) return NOT_FOUND
      if (!(await this.stat(destination.slice(0, -1)))) return text(409, 'the parent of the destination is missing')
    }
    if (method === 'DELETE' && !(await this.stat(segments))) return NOT_FOUND
    return await forbids(this, exchange, await this.#scopesOf(exchange))
  }

  async #scopesOf({ request }: Exchange): Promise<readonly WriteScope[]> {
    const { segments, method, destination = [] } = request
    switch (method) {
      case 'PUT':
        return [{ segments, changesMembership: !(await this.stat(segments)), isRecursive: false }]
      case 'COPY':
        return [{ segments: destination, changesMembership: true, isRecursive: true }]
      case 'MOVE':
        return [
          { segments, changesMembership: true, isRecursive: true },
          { segments: destination, changesMembership: true, isRecursive: true },
        ]
      default:
        return [{ segments, changesMembership: true, isRecursive: method === 'DELETE' }]
    }
  }

  async #checkPut({ request, req }: Exchange): Promise<Answer | undefined> {
    // RFC 9110 section 14.5: a partial PUT that is taken for a whole one destroys the file.
    if (req.headers['content-range'] !== undefined) return text(400, 'partial PUT is not supported')
    if (request.hasTrailingSlash) return text(405, 'a file has no trailing slash')
    const { maxFileBytes } = this.directory.limits
    // Finder sends its files chunked, with their length in a field of its own.
    const expected = request.contentLength ?? Number(req.headers['x-expected-entity-length'] ?? 0)
    if (expected > maxFileBytes) return text(413, `a file has at most ${maxFileBytes} bytes`)
    const parent = await this.stat(request.segments.slice(0, -1))
    if (parent?.kind !== 'directory') return text(409, 'the parent is no directory')
    return undefined
  }

  #checkBodyless({ request }: Exchange): Answer | undefined {
    if (request.hasBody) return text(415, `${request.method} takes no body`)
    if (request.method === 'DELETE' || request.method === 'MKCOL') return undefined
    if (!request.destination) return text(400, 'a Destination is needed')
    if (!this.holds(request.destination) || request.destination.length < 2) {
      return text(403, 'the destination is read-only')
    }
    if (request.method === 'MOVE' && request.depth !== undefined && request.depth !== 'infinity') {
      return text(400, 'MOVE has the depth infinity')
    }
    if (request.depth === '1') return text(400, 'COPY has the depth 0 or infinity')
    return undefined
  }

  #propertyKey(segments: readonly string[]): string {
    return `/${segments.slice(1).join('/')}`
  }

  /** Hands the package a request that has only what was checked, in the one form that it reads rightly. */
  #runPackage(run: RunPackage, { request, req, res }: Exchange): void {
    const { method, segments, destination, depth, isOverwrite, contentLength } = request
    expectBody(req, res)
    req.url = encodePath(segments)
    req.headers = {
      host: 'localhost',
      overwrite: isOverwrite ? 'T' : 'F', // a missing one means T, which the package does not know
      ...(depth && { depth }),
      ...(destination && { destination: encodePath(destination) }),
      ...(method === 'PUT' && contentLength !== undefined && { 'content-length': String(contentLength) }),
    }
    run(req, res)
  }
}

/** Finder's and Explorer's own files: taken as if they were kept, so that the copy they belong to goes on. */
async function discard({ request, req, res }: Exchange): Promise<void> {
  const isTaken = !request.hasBody || (await drainBody(req, res, MAX_LITTER_BYTES))
  if (!isTaken) send(req, res, text(413, 'too large'))
  else send(req, res, { status: request.method === 'DELETE' ? 204 : 201 })
}
