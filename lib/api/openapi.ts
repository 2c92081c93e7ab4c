import type { SwaggerOptions } from '@fastify/swagger'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types'

type OpenApiDocument = Partial<OpenAPIV3.Document> | Partial<OpenAPIV3_1.Document>

/** How the routes' own schemas become one OpenAPI 3.1 document. */
export function openApiOptions(version: string, needsToken: boolean): SwaggerOptions {
  const withComponents = createJsonSchemaTransformObject({})
  return {
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
    transformObject: (document) => withoutUnused(withComponents(document) as OpenApiDocument),
  }
}

const reference = /"#\/components\/schemas\/([^"]+)"/g

const referencesIn = (part: unknown): string[] =>
  [...JSON.stringify(part ?? null).matchAll(reference)].map((match) => match[1] ?? '')

/** The transform writes each named schema as it is read and as it is written; only those that are referred to stay. */
function withoutUnused(document: OpenApiDocument): OpenApiDocument {
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
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(kept) } } as OpenApiDocument
}
