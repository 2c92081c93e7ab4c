import type { ApiApp } from './api-app.ts'
import type { ConnectHandler } from './api-services.ts'

/** Pages for people: they check logins themselves, and are no part of REST. */
export function registerConnectRoutes(app: ApiApp, connect: ConnectHandler): void {
  for (const url of ['/connect', '/connect/*']) {
    app.route({
      method: 'GET',
      url,
      config: { isOpen: true },
      schema: { hide: true },
      handler: (request, reply) => {
        const { status, headers, body } = connect.handle({
          url: request.raw.url ?? '/connect',
          host: request.headers.host,
          userAgent: request.headers['user-agent'],
          authorization: request.headers.authorization,
        })
        return reply
          .code(status)
          .headers(headers)
          .send(typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength))
      },
    })
  }
}
