import { AppError, isDiskFull } from '../domain/errors.ts'

/** A refusal of the file system that others caused meanwhile, or a full disk, as an AppError; anything else as it is. */
export function inboxError(error: unknown): unknown {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new AppError('not_found', 'it went away meanwhile', error)
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTEMPTY':
      return new AppError('conflict', 'something of this name came meanwhile', error)
    default:
      return isDiskFull(error) ? new AppError('storage_full', 'the disk is full', error) : error
  }
}

/** To end a promise with. */
export function throwInboxError(error: unknown): never {
  throw inboxError(error)
}
