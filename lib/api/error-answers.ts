import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { type ErrorCode, isAppError, toAppError } from '../domain/errors.ts'
import type { LogFields, Logger } from '../domain/logger.ts'

/** The status of each code (RFC 9110 section 15). */
export const STATUS_OF_CODE: Readonly<Record<ErrorCode, number>> = {
  not_found: 404,
  invalid: 400,
  conflict: 409,
  read_only: 403,
  range: 416,
  unavailable: 503,
  storage_full: 507,
  timeout: 504,
  aborted: 503,
  unauthorized: 401,
  internal: 500,
}

export const errorBody = (code: ErrorCode, message: string) => ({ error: { code, message } })

/** What is told of a thrown thing: an AppError as it is; of anything else nothing but that it happened, and the log has it. */
export function tellError(error: unknown, logger: Logger, context: LogFields): { code: ErrorCode; message: string } {
  const { code, message } = toAppError(error)
  if (code !== 'internal') return { code, message }
  logger.error('request failed', { err: error, ...context })
  return { code, message: 'internal error' }
}

/** Answers in the one error form; `status` where it says more than the code does. */
export function sendError(reply: FastifyReply, code: ErrorCode, message: string, status = STATUS_OF_CODE[code]): void {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="momoshtrem"')
  void reply.code(status).type('application/json; charset=utf-8').send(errorBody(code, message))
}

const ISSUES_SHOWN = 5
/** What a field's name needs in front, by where the framework found it. */
const CONTEXTS: Readonly<Record<string, string>> = { querystring: 'query ', params: 'path ' }

/** Which fields are wrong, and how; the values sent are not repeated. */
function validationMessage(error: FastifyError): string {
  const where = CONTEXTS[error.validationContext ?? ''] ?? ''
  const issues = (error.validation ?? []).flatMap(({ instancePath, message, params }) => {
    const path = instancePath.slice(1).replaceAll('/', '.')
    const keys = params.keys
    if (!Array.isArray(keys)) return [`${where}${path === '' ? '' : `${path}: `}${message ?? 'is wrong'}`]
    const prefix = path === '' ? '' : `${path}.`
    return keys.map((key) => `${where}unknown field ${JSON.stringify(prefix + String(key).slice(0, 60))}`)
  })
  const more = issues.length - ISSUES_SHOWN
  return issues.slice(0, ISSUES_SHOWN).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

/**
 * Every thrown thing becomes an answer here: validation and the framework's own refusals are `invalid` with their
 * status, an AppError has the status of its code, anything else is `internal` with nothing of it shown.
 */
export function errorHandler(logger: Logger) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    if (hasZodFastifySchemaValidationErrors(error)) {
      sendError(reply, 'invalid', validationMessage(error))
      return
    }
    const status = error.statusCode
    if (!isAppError(error) && error.code?.startsWith('FST_') && status !== undefined && status >= 400 && status < 500) {
      sendError(reply, 'invalid', error.message, status)
      return
    }
    const { code, message } = tellError(error, logger, { method: request.method, route: request.routeOptions.url })
    sendError(reply, code, message)
  }
}
