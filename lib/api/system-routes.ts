import { z } from 'zod'
import { AppError } from '../domain/errors.ts'
import { answer, errorsOf, openErrorsOf, textAnswer } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { HealthAnswer, StatusAnswer } from './schemas/system.ts'

const tags = ['system']

export function registerSystemRoutes(app: ApiApp, { services, openApi }: RouteContext, version: string): void {
  const { queries, activity, engine, trees, metrics, clock } = services
  const startedAtMs = clock.monotonicMs()

  app.route({
    method: 'GET',
    url: '/api/status',
    schema: {
      tags,
      operationId: 'getStatus',
      summary: 'What the service holds and does',
      response: { 200: answer('The figures of this moment.', StatusAnswer), ...errorsOf() },
    },
    handler: () => {
      const { capBytes, usedBytes } = engine.cache()
      const tree = trees.current
      return {
        status: 'ok' as const,
        version,
        uptime_s: Math.floor((clock.monotonicMs() - startedAtMs) / 1000),
        library: queries.counts(),
        torrents: activity.counts(),
        cache: { size_bytes: capBytes, used_bytes: usedBytes },
        tree: { version: tree.version, built_at: new Date(tree.builtAtMs).toISOString(), entries: tree.entries },
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/healthz',
    config: { isOpen: true },
    schema: {
      tags,
      security: [],
      operationId: 'getHealth',
      summary: 'Whether the process answers',
      response: { 200: answer('It does.', HealthAnswer), ...openErrorsOf('unavailable') },
    },
    handler: () => ({ status: 'ok' as const }),
  })

  app.route({
    method: 'GET',
    url: '/readyz',
    config: { isOpen: true },
    schema: {
      tags,
      security: [],
      operationId: 'getReadiness',
      summary: 'Whether the drive can be read',
      response: { 200: answer('It can.', HealthAnswer), ...openErrorsOf('unavailable') },
    },
    handler: () => {
      if (!services.isReady()) throw new AppError('unavailable', 'starting')
      return { status: 'ok' as const }
    },
  })

  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      tags,
      operationId: 'getMetrics',
      summary: 'Prometheus metrics',
      response: { 200: textAnswer('Text format 0.0.4.'), ...errorsOf() },
    },
    handler: async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  })

  app.route({
    method: 'GET',
    url: '/api/openapi.json',
    schema: {
      tags,
      operationId: 'getOpenApi',
      summary: 'This document',
      response: { 200: answer('OpenAPI 3.1.', z.looseObject({ openapi: z.string() })), ...errorsOf() },
    },
    handler: openApi,
  })
}
