import Fastify from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { AppError } from '../domain/errors.ts'
import type { ApiApp } from './api-app.ts'
import type { ApiServerOptions } from './api-services.ts'
import { errorBody, sendError } from './error-answers.ts'
import { BODY_MAX_BYTES } from './schemas/common.ts'

/** For a request with its body: a whole library to import, over a slow network. Headers have a minute by the default. */
const REQUEST_TIMEOUT_MS = 10 * 60_000

/** Without routes and without its own answers to errors. */
export function createApiApp(tls?: ApiServerOptions['tls']): ApiApp {
  const app = Fastify({
    https: tls ?? null,
    logger: false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    schemaController: { compilersFactory: { buildValidator: neverBuilt, buildSerializer: neverBuilt } },
    return503OnClosing: false, // the guard answers those in the one error form
    frameworkErrors: (error, _request, reply) => sendError(reply, 'invalid', error.message, error.statusCode),
    clientErrorHandler: (_error, socket) => {
      if (!socket.writable) return
      const body = JSON.stringify(errorBody('invalid', 'not a valid HTTP request'))
      const head = ['HTTP/1.1 400 Bad Request', 'Connection: close', 'Content-Type: application/json; charset=utf-8']
      socket.end(`${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  // The types hold every answer to its schema already, so none is parsed again on its way out.
  app.setSerializerCompiler(() => JSON.stringify)
  acceptJsonOnly(app)
  return app
}

/** In the place of the framework's own compilers, a third of its size, which it loads wherever it is told of no others. */
function neverBuilt(): never {
  throw new AppError('internal', 'the compilers of schemas are set')
}

/** JSON bodies only, and only of UTF-8; an empty one counts as none, since many programs send the type with every request. */
function acceptJsonOnly(app: ApiApp): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  const decoder = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string
    try {
      text = decoder.decode(body as Buffer)
    } catch (error) {
      done(new AppError('invalid', 'the body is not UTF-8', error))
      return
    }
    if (text === '') done(null, undefined)
    else void parse(request, text, done)
  })
}
