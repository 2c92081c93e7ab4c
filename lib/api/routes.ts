import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { ApiApp, RouteContext } from './api-app.ts'
import type { ApiServerOptions } from './api-services.ts'
import { registerAssignRoutes } from './assign-routes.ts'
import { registerBulkRoutes } from './bulk-routes.ts'
import { registerCacheRoutes } from './cache-routes.ts'
import { registerConnectRoutes } from './connect-routes.ts'
import { sendError } from './error-answers.ts'
import { registerFileRoutes } from './file-routes.ts'
import { registerIdentifyRoutes } from './identify-routes.ts'
import { registerMovieRoutes } from './movie-routes.ts'
import { registerOfflineRoutes } from './offline-routes.ts'
import { registerSearchRoutes } from './search-routes.ts'
import { registerShowRoutes } from './show-routes.ts'
import { registerSubtitleRoutes } from './subtitle-routes.ts'
import { registerSystemRoutes } from './system-routes.ts'
import { registerTorrentRoutes } from './torrent-routes.ts'
import { registerTransferRoutes } from './transfer-routes.ts'
import { registerTrashRoutes } from './trash-routes.ts'

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Every address of the API, each with an answer to the methods that it has not. */
export function registerRoutes(app: ApiApp, context: RouteContext, options: ApiServerOptions): void {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    methodsOf.set(url, methods)
  })
  registerTorrentRoutes(app, context)
  registerBulkRoutes(app, context)
  registerMovieRoutes(app, context)
  registerShowRoutes(app, context)
  registerAssignRoutes(app, context)
  registerFileRoutes(app, context)
  registerOfflineRoutes(app, context)
  registerTrashRoutes(app, context)
  registerSubtitleRoutes(app, context)
  registerSearchRoutes(app, context)
  registerTransferRoutes(app, context, options)
  registerCacheRoutes(app, context)
  registerIdentifyRoutes(app, context)
  registerConnectRoutes(app, context.services.connect)
  registerSystemRoutes(app, context, options.version)
  for (const [url, methods] of [...methodsOf]) refuseOtherMethods(app, url, [...methods])
}

/** 405 with `Allow` (RFC 9110 section 15.5.6) where the framework would say 404. */
function refuseOtherMethods(app: ApiApp, url: string, allowed: readonly string[]): void {
  const refuse = (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header('allow', allowed.join(', '))
    sendError(reply, 'invalid', `the method is not one of ${allowed.join(', ')}`, 405)
  }
  app.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url,
    schema: { hide: true },
    onRequest: refuse,
    handler: refuse,
  })
}
