import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { v2 as webdav } from 'webdav-server'
import type { ErrorCode } from '../domain/errors.ts'
import type { Logger } from '../domain/logger.ts'
import type { DeadProperties } from './dead-properties.ts'
import type { InboxDirectory, WriteFailures } from './inbox-directory.ts'
import { inboxError } from './inbox-errors.ts'
import type { LockTable } from './lock-table.ts'

export interface InboxFileSystemOptions {
  readonly directory: InboxDirectory
  readonly properties: DeadProperties
  readonly locks: LockTable
  readonly logger: Logger
}

const TOO_LARGE = new Error('the file is too large')
const PACKAGE_ERRORS: Partial<Readonly<Record<ErrorCode, Error>>> = {
  not_found: webdav.Errors.ResourceNotFound,
  conflict: webdav.Errors.ResourceAlreadyExists,
  storage_full: webdav.Errors.InsufficientStorage,
}

/** The package has no status for a body that turns out too large while it comes. */
class StatusTable extends webdav.HTTPRequestContext {
  static {
    StatusTable.defaultErrorStatusCodes.push({ error: TOO_LARGE, code: 413 })
  }
}
void StatusTable

/**
 * The inbox as webdav-server sees it. The package runs PUT, DELETE, MKCOL, MOVE and COPY on it; conditions, locks and
 * limits known beforehand were checked in front, and reads never come here.
 */
export class InboxFileSystem extends webdav.FileSystem {
  readonly #directory: InboxDirectory
  readonly #properties: DeadProperties
  readonly #locks: LockTable
  readonly #logger: Logger
  readonly #writeFailures: WriteFailures = {
    tooLarge: TOO_LARGE,
    full: webdav.Errors.InsufficientStorage,
    of: (error) => {
      const known = this.#translate(error)
      // Of an upload that is whole, only its place can have gone.
      return known === webdav.Errors.ResourceNotFound ? webdav.Errors.IntermediateResourceMissing : known
    },
  }
  // The package insists on managers of its own; they stay empty.
  readonly #noLocks = new webdav.LocalLockManager()
  readonly #noProperties = new webdav.LocalPropertyManager()

  constructor({ directory, properties, locks, logger }: InboxFileSystemOptions) {
    super(new NeverSerialized())
    this.#directory = directory
    this.#properties = properties
    this.#locks = locks
    this.#logger = logger
  }

  protected override _type(
    path: webdav.Path,
    _info: webdav.TypeInfo,
    callback: webdav.ReturnCallback<webdav.ResourceType>,
  ): void {
    this.#answer(
      this.#directory.stat(path.paths).then((resource) => {
        if (!resource) throw webdav.Errors.ResourceNotFound
        return resource.kind === 'directory' ? webdav.ResourceType.Directory : webdav.ResourceType.File
      }),
      callback,
    )
  }

  /** A file comes to be when its last byte is written, not here. */
  protected override _create(path: webdav.Path, info: webdav.CreateInfo, callback: webdav.SimpleCallback): void {
    this.#answer(
      info.type.isDirectory ? this.#directory.makeDirectory(path.paths) : this.#directory.assertCreatable(path.paths),
      callback,
    )
  }

  protected override _openWriteStream(
    path: webdav.Path,
    info: webdav.OpenWriteStreamInfo,
    callback: webdav.ReturnCallback<Writable>,
  ): void {
    const opened = this.#directory.writer(path.paths, this.#writeFailures).then((stream) => {
      const { request } = info.context as webdav.HTTPRequestContext
      stream.on('error', () => {}) // the package listens only once it has the stream
      // The package pipes the request in: of a client that left, the stream would never hear.
      const onClose = (): void => {
        if (!request.complete) stream.destroy(webdav.Errors.InvalidOperation)
      }
      if (request.destroyed) {
        stream.destroy()
        throw webdav.Errors.InvalidOperation
      }
      request.once('close', onClose)
      stream.once('close', () => request.off('close', onClose))
      return stream
    })
    this.#answer(opened, callback)
  }

  protected override _delete(path: webdav.Path, _info: webdav.DeleteInfo, callback: webdav.SimpleCallback): void {
    this.#answer(
      this.#directory.remove(path.paths).then(async () => {
        this.#locks.forget(this.#segments(path))
        await this.#properties.remove(path.toString())
      }),
      callback,
    )
  }

  protected override _move(
    from: webdav.Path,
    to: webdav.Path,
    info: webdav.MoveInfo,
    callback: webdav.ReturnCallback<boolean>,
  ): void {
    this.#answer(
      this.#directory.move(from.paths, to.paths, info.overwrite).then(async (isReplaced) => {
        this.#locks.forget(this.#segments(from))
        await this.#properties.move(from.toString(), to.toString())
        return isReplaced
      }),
      callback,
    )
  }

  protected override _copy(
    from: webdav.Path,
    to: webdav.Path,
    info: webdav.CopyInfo,
    callback: webdav.ReturnCallback<boolean>,
  ): void {
    // The package gives every copy the depth infinity, whatever the request says.
    const isDeep = info.context.headers.find('depth') !== '0'
    const copied = async (): Promise<boolean> => {
      this.#properties.assertRoomToCopy(from.toString(), to.toString(), isDeep)
      const isReplaced = await this.#directory.copy(from.paths, to.paths, info.overwrite, isDeep)
      await this.#properties.copy(from.toString(), to.toString(), isDeep)
      return isReplaced
    }
    this.#answer(copied(), callback)
  }

  protected override _lockManager(
    _path: webdav.Path,
    _info: webdav.LockManagerInfo,
    callback: webdav.ReturnCallback<webdav.ILockManager>,
  ): void {
    callback(undefined, this.#noLocks)
  }

  protected override _propertyManager(
    _path: webdav.Path,
    _info: webdav.PropertyManagerInfo,
    callback: webdav.ReturnCallback<webdav.IPropertyManager>,
  ): void {
    callback(undefined, this.#noProperties)
  }

  #segments(path: webdav.Path): readonly string[] {
    return [this.#directory.name, ...path.paths]
  }

  #answer<T>(promise: Promise<T>, callback: (error?: Error, value?: T) => void): void {
    promise.then(
      (value) => callback(undefined, value),
      (error: Error) => callback(this.#translate(error)),
    )
  }

  /** The package answers with the status of the error objects that it knows. */
  #translate(error: Error): Error {
    if (error === webdav.Errors.ResourceNotFound || error === webdav.Errors.InvalidOperation) return error
    const { code = 'internal' } = inboxError(error) as Error & { code?: ErrorCode }
    const known = PACKAGE_ERRORS[code]
    if (!known) this.#logger.error('inbox write failed', { err: error })
    return known ?? error
  }
}

class NeverSerialized implements webdav.FileSystemSerializer {
  uid(): string {
    return 'momoshtrem-inbox'
  }

  serialize(_fs: webdav.FileSystem, callback: webdav.ReturnCallback<unknown>): void {
    callback(undefined, {})
  }

  unserialize(_data: unknown, callback: webdav.ReturnCallback<webdav.FileSystem>): void {
    callback(webdav.Errors.InvalidOperation)
  }
}

// The package's types know no null.
const NO_ERROR = null as unknown as Error
const LOGGED_IN: webdav.IUser = { uid: 'momoshtrem', username: 'momoshtrem', isAdministrator: true }

/** Lets the package run one checked write on `fileSystem`, mounted at `/<name>`. */
export function writesOf(
  fileSystem: InboxFileSystem,
  name: string,
): (req: IncomingMessage, res: ServerResponse) => void {
  const server = new webdav.WebDAVServer({
    httpAuthentication: { askForAuthentication: () => ({}), getUser: (_, callback) => callback(NO_ERROR, LOGGED_IN) },
    version: '2',
  })
  server.setFileSystemSync(`/${name}`, fileSystem)
  return (req, res) => {
    server.executeRequest(req, res)
    // Set by the package before it waits for anything: no other site's page has business here.
    for (const field of [
      'Access-Control-Allow-Origin',
      'Access-Control-Allow-Credentials',
      'Access-Control-Expose-Headers',
      'Server',
    ]) {
      if (!res.headersSent) res.removeHeader(field)
    }
  }
}
