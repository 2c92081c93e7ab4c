import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types'
import type { ApiApp } from './api-app.ts'
import { createApiApp } from './create-api-app.ts'

type AnyDocument = Partial<OpenAPIV3.Document> | Partial<OpenAPIV3_1.Document>

/** A document of OpenAPI 3.1. */
export type OpenApiDocument = AnyDocument & { readonly openapi: string }

/**
 * What the routes' own schemas say, of routes registered on an app of their own that never listens: so the package that
 * writes it is loaded, and what it keeps of every route is held, only while somebody asks.
 */
export async function openApiDocument(
  version: string,
  needsToken: boolean,
  register: (app: ApiApp) => void,
): Promise<OpenApiDocument> {
  const { default: swagger } = await import('@fastify/swagger')
  const withComponents = createJsonSchemaTransformObject({})
  const app = createApiApp()
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Momoshtrem',
        description:
          'A torrent library as a drive. Sizes are bytes, times are ISO 8601 in UTC, ids are of the library.',
        version,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      ...(needsToken && { security: [{ token: [] }] }),
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (document) => withoutUnused(withComponents(document) as AnyDocument),
  })
  register(app)
  await app.ready()
  const document = app.swagger() as OpenApiDocument
  await app.close()
  return document
}

const reference = /"#\/components\/schemas\/([^"]+)"/g

const referencesIn = (part: unknown): string[] =>
  [...JSON.stringify(part ?? null).matchAll(reference)].map((match) => match[1] ?? '')

/** The transform writes each named schema as it is read and as it is written; only those that are referred to stay. */
function withoutUnused(document: AnyDocument): AnyDocument {
  const schemas = document.components?.schemas ?? {}
  const used = new Set<string>()
  const queue = referencesIn(document.paths)
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (used.has(name)) continue
    used.add(name)
    queue.push(...referencesIn((schemas as Record<string, unknown>)[name]))
  }
  const kept = Object.entries(schemas)
    .filter(([name]) => used.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(kept) } } as AnyDocument
}
