import type { Clock } from '../domain/clock.ts'
import type { DriveActions } from '../domain/drive-actions.ts'
import { isAppError, toAppError } from '../domain/errors.ts'
import { isLocalContent } from '../domain/ids.ts'
import type { TreeNode, TreeSource } from '../domain/tree.ts'
import { connectionSignal } from './connection-signal.ts'
import type { CheckedRequest } from './guard.ts'
import { LibraryPaths, type Located } from './library-paths.ts'
import type { LockableSpace } from './lock-methods.ts'
import { LockTable, type WriteScope } from './lock-table.ts'
import type { PropertySpace } from './proppatch.ts'
import { type Answer, type Exchange, NOT_FOUND, PRECONDITION_FAILED, READ_ONLY, send, text } from './responses.ts'
import { forbids } from './write-conditions.ts'

export interface LibraryWritesOptions {
  readonly actions: DriveActions
  readonly trees: TreeSource
  readonly clock: Clock
  /** Paths of the drive that are not the library's. */
  readonly isElsewhere: (segments: Segments) => boolean
}

type Segments = readonly string[]

/** Explorer sets times and attributes of what it touches, and calls it a failure when it may not. */
const WINDOWS_PROPERTY = '{urn:schemas-microsoft-com:}'
const TITLE_WITH_YEAR = /.\((?:18|19|20)\d\d\)/
const SEASON = /^Season \d{1,4}$/

/**
 * Writing to the library (RFC 4918 section 9) as far as its actions go; everything else is refused. Locks hold for what is there: clients take one before they delete or move.
 */
export class LibraryWrites implements LockableSpace, PropertySpace {
  readonly locks: LockTable
  readonly #actions: DriveActions
  readonly #trees: TreeSource
  readonly #paths: LibraryPaths
  readonly #isElsewhere: (segments: Segments) => boolean

  constructor({ actions, trees, clock, isElsewhere }: LibraryWritesOptions) {
    this.#actions = actions
    this.#trees = trees
    this.#isElsewhere = isElsewhere
    this.#paths = new LibraryPaths(trees, clock)
    this.locks = new LockTable(clock)
  }

  holds(segments: Segments): boolean {
    return segments.length > 0 && !this.#isElsewhere(segments)
  }

  stat(segments: Segments): Promise<TreeNode | undefined> {
    return Promise.resolve(this.find(segments))
  }

  /** With what a client that has just written expects to be there. */
  find(segments: Segments): TreeNode | undefined {
    return this.#paths.find(segments)
  }

  isDiscarded(): boolean {
    return false
  }

  isProtected(name: string): boolean {
    return !name.startsWith(WINDOWS_PROPERTY)
  }

  /** Taken, so that the client goes on, and not kept: times and attributes here are those of the library. */
  updateProperties(): Promise<void> {
    return Promise.resolve()
  }

  /** DELETE, MOVE, COPY and MKCOL. */
  async handleWrite(exchange: Exchange): Promise<void> {
    const { req, res } = exchange
    const signal = connectionSignal(req.socket)
    try {
      send(req, res, (await this.#check(exchange)) ?? (await this.#act(exchange, signal)))
    } catch (error) {
      const failure = toAppError(error)
      // A name that says nothing is refused, not malformed; clients show 403 as what it is.
      if (failure.code !== 'invalid') throw failure
      send(req, res, text(403, failure.message))
    }
  }

  async #check(exchange: Exchange): Promise<Answer | undefined> {
    const { request } = exchange
    const { method, segments, depth, destination } = request
    if (request.hasBody) return text(415, `${method} takes no body`)
    if (segments.length === 0) return READ_ONLY
    if (method === 'DELETE' && depth !== undefined && depth !== 'infinity') {
      return text(400, 'DELETE has the depth infinity')
    }
    if (method === 'MOVE' || method === 'COPY') {
      const refused = this.#checkDestination(request, destination)
      if (refused) return refused
    }
    if (method === 'MKCOL') {
      if (this.find(segments)) return text(405, 'there is something of this name')
    } else if (!this.find(segments)) {
      return method === 'DELETE' && this.#paths.takeGone(segments) ? { status: 204 } : NOT_FOUND
    }
    return await forbids(this, exchange, scopesOf(request))
  }

  #checkDestination({ method, segments, depth, isOverwrite }: CheckedRequest, to: Segments | undefined) {
    if (!to) return text(400, 'a Destination is needed')
    if (!this.holds(to)) return text(403, 'nothing goes from the library to there')
    if (method === 'MOVE' && depth !== undefined && depth !== 'infinity') {
      return text(400, 'MOVE has the depth infinity')
    }
    if (depth === '1') return text(400, 'COPY has the depth 0 or infinity')
    if (segments.join('/') === to.join('/')) return text(403, 'the source and the destination are the same')
    const source = this.#paths.locate(segments)
    const target = this.#paths.locate(to)
    return !isOverwrite && source && target && source.node !== target.node ? PRECONDITION_FAILED : undefined
  }

  async #act({ request }: Exchange, signal: AbortSignal): Promise<Answer> {
    const { method, segments, destination = [] } = request
    if (method === 'MKCOL') return await this.#makeDirectory(segments, signal)
    const source = this.#paths.locate(segments)
    if (!source) return this.#changeFolder(method, segments)
    if (method === 'DELETE') return await this.#delete(source, segments, signal)
    if (method === 'MOVE') return await this.#move(source, segments, destination, signal)
    return await this.#copy(source, destination, request.depth === '0', signal)
  }

  async #delete({ node, segments }: Located, asked: Segments, signal: AbortSignal): Promise<Answer> {
    const before = this.#trees.current
    try {
      await this.#actions.delete(pathOf(segments), signal)
    } catch (error) {
      // A client deletes a folder file by file. What goes and comes with its film must not stop it half way.
      if (!isAppError(error, 'read_only') || !isCompanion(node, segments)) throw error
      return { status: 204 }
    }
    this.locks.forget(asked)
    this.#paths.rememberGone(before, segments)
    return { status: 204 }
  }

  async #move({ node, segments }: Located, asked: Segments, to: Segments, signal: AbortSignal): Promise<Answer> {
    const target = this.#paths.locate(to)
    const isThere = target !== undefined && target.node !== node
    const before = this.#trees.current
    await this.#actions.move(pathOf(segments), pathOf(to), signal)
    this.locks.forget(asked)
    this.#paths.rememberGone(before, segments)
    this.#paths.forgetFolder(to)
    const landed = this.#paths.rememberMoved(node, to)
    const location = landed && landed.segments !== to ? { Location: landed.node.href } : {}
    return { status: isThere ? 204 : 201, headers: location }
  }

  async #copy({ node, segments }: Located, to: Segments, isShallow: boolean, signal: AbortSignal): Promise<Answer> {
    const target = this.#paths.locate(to)
    const isSame = target?.node.kind === 'file' && node.kind === 'file' && target.node.content === node.content
    // Section 9.8.4: what is overwritten is deleted first.
    if (target && !isSame) await this.#actions.delete(pathOf(target.segments), signal)
    if (isShallow && node.kind === 'directory') await this.#actions.makeDirectory(pathOf(to), signal)
    else await this.#actions.copy(pathOf(segments), pathOf(to), signal)
    return { status: target ? 204 : 201 }
  }

  async #makeDirectory(segments: Segments, signal: AbortSignal): Promise<Answer> {
    if (this.find(segments.slice(0, -1))?.kind !== 'directory') return text(409, 'the parent is no directory')
    try {
      await this.#actions.makeDirectory(pathOf(segments), signal)
    } catch (error) {
      if (!isAppError(error, 'read_only') || !this.#isPlaceFor(segments)) throw error
      this.#paths.makeFolder(segments)
    }
    return { status: 201 }
  }

  /** rclone makes the folders of what it moves first: those of a film or season, and of what comes out of the trash. */
  #isPlaceFor(segments: Segments): boolean {
    const [top = '', folder = '', inner] = segments
    if (top !== 'Movies' && top !== 'TV Shows') return false
    if (this.#trees.current.find(['Trash', ...segments.slice(1)].join('/'))?.kind === 'directory') return true
    if (segments.length === 2) return TITLE_WITH_YEAR.test(folder)
    return top === 'TV Shows' && segments.length === 3 && SEASON.test(inner ?? '')
  }

  /** A folder that was only made: nothing of the library is in it. */
  #changeFolder(method: string, segments: Segments): Answer {
    if (method !== 'DELETE') return READ_ONLY
    this.#paths.forgetFolder(segments)
    return { status: 204 }
  }
}

function scopesOf({ method, segments, destination = [] }: CheckedRequest): readonly WriteScope[] {
  const source: WriteScope = { segments, changesMembership: true, isRecursive: true }
  const target: WriteScope = { segments: destination, changesMembership: true, isRecursive: true }
  if (method === 'MOVE') return [source, target]
  return method === 'COPY' ? [target] : [source]
}

/** A subtitle of the torrent, or what is generated beside a film. */
function isCompanion(node: TreeNode, [top = '']: Segments): boolean {
  if (node.kind !== 'file' || (top !== 'Movies' && top !== 'TV Shows' && top !== 'Trash')) return false
  return node.isSubtitle === true || isLocalContent(node.content)
}

const pathOf = (segments: Segments): string => `/${segments.join('/')}`
