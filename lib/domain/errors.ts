/** The closed list of error codes; every edge (WebDAV, REST, CLI) maps each of them to its own status. */
export const ERROR_CODES = [
  'not_found',
  'invalid',
  'conflict',
  'read_only',
  'range',
  'unavailable',
  'storage_full',
  'timeout',
  'aborted',
  'unauthorized',
  'internal',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** The one error class. `message` may be shown to a person; `cause` stays in the log. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code)
}

/** What a file system says of a full disk, or of a quota that is used up. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')

/** Wraps anything thrown: an AppError stays as it is, an AbortError becomes `aborted`, the rest `internal`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof Error && error.name === 'AbortError') return new AppError('aborted', 'aborted', error)
  return new AppError('internal', 'internal error', error)
}
