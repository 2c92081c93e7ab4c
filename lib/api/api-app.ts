import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { ApiServices } from './api-services.ts'
import type { OpenApiDocument } from './openapi.ts'
import type { RequestSignals } from './request-signals.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token. */
    isOpen?: boolean
  }
}

/** The framework's instance with bodies, queries and parameters typed by their schemas. Plain HTTP has the same type. */
export type ApiApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

export interface RouteContext {
  readonly services: ApiServices
  readonly signals: RequestSignals
  /** The document of all routes. */
  openApi(): Promise<OpenApiDocument>
}
