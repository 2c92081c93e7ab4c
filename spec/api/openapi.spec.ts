import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { STATUS_OF_CODE } from '../../lib/api/error-answers.ts'
import { ApiFixture } from '../support/fake-api.ts'

const GOLDEN = new URL('../golden/openapi.json', import.meta.url)
const UPDATE = 'UPDATE_GOLDEN=1 npx mocha spec/api/openapi.spec.ts'

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly security?: readonly unknown[]
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { additionalProperties?: unknown } }>>
  }
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: unknown }>>
}

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
  readonly security?: readonly unknown[]
}

/** All of REST that people's programs may count on. */
const CALLS = [
  'delete /api/episodes/{id}/assign',
  'delete /api/files/{id}',
  'delete /api/files/{id}/offline',
  'delete /api/movies/{id}',
  'delete /api/movies/{id}/assign',
  'delete /api/shows/{id}',
  'delete /api/subtitles/{id}',
  'delete /api/torrents/{hash}',
  'delete /api/trash',
  'get /api/episodes/{id}/subtitles',
  'get /api/episodes/{id}/subtitles/search',
  'get /api/files/{id}',
  'get /api/library/export',
  'get /api/limits',
  'get /api/movies',
  'get /api/movies/{id}',
  'get /api/movies/{id}/subtitles',
  'get /api/movies/{id}/subtitles/search',
  'get /api/openapi.json',
  'get /api/search',
  'get /api/shows',
  'get /api/shows/recently-aired',
  'get /api/shows/{id}',
  'get /api/status',
  'get /api/torrents',
  'get /api/torrents/adding',
  'get /api/torrents/{hash}',
  'get /api/trash',
  'get /api/watching',
  'get /healthz',
  'get /metrics',
  'get /readyz',
  'post /api/cache/scrub',
  'post /api/episodes/{id}/assign-torrent',
  'post /api/episodes/{id}/subtitles',
  'post /api/files/{id}/activate',
  'post /api/files/{id}/match',
  'post /api/files/{id}/offline',
  'post /api/identify',
  'post /api/library/import',
  'post /api/movies',
  'post /api/movies/{id}/assign-torrent',
  'post /api/movies/{id}/match',
  'post /api/movies/{id}/subtitles',
  'post /api/shows',
  'post /api/shows/{id}/assign-torrent',
  'post /api/shows/{id}/match',
  'post /api/torrents',
  'post /api/torrents/bulk',
  'post /api/torrents/{hash}/pause',
  'post /api/torrents/{hash}/resume',
  'post /api/trash',
  'post /api/trash/restore',
  'put /api/limits',
]

describe('the OpenAPI document', () => {
  let document: Document
  let operations: [call: string, operation: Operation][]

  before(async () => {
    const api = await ApiFixture.start({ token: 'secret', version: '0.0.0' })
    const { json } = await api.call('GET', '/api/openapi.json', undefined, { authorization: 'Bearer secret' })
    await api.close()
    document = json as Document
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
    )
  })

  it('is what spec/golden/openapi.json says', () => {
    const text = `${JSON.stringify(document, null, 2)}\n`
    if (process.env.UPDATE_GOLDEN) writeFileSync(GOLDEN, text)
    expect(text, `changed: if that is meant, run ${UPDATE}`).to.equal(readFileSync(GOLDEN, 'utf8'))
  })

  it('is of version 3.1 and has every call', () => {
    expect(document.openapi).to.match(/^3\.1\./)
    expect(operations.map(([call]) => call).sort()).to.deep.equal(CALLS)
  })

  it('names and explains every operation, each by its own id', () => {
    const ids = operations.map(([, operation]) => operation.operationId)
    expect(ids).not.to.include(undefined)
    expect(new Set(ids).size).to.equal(ids.length)
    for (const [call, { summary, tags }] of operations) expect([summary, tags?.length], call).not.to.include(undefined)
  })

  it('describes every answer, with a schema unless it is empty', () => {
    const known = new Set([200, 201, 204, 413, 415, ...Object.values(STATUS_OF_CODE)].map(String))
    for (const [call, { responses }] of operations) {
      for (const [status, { description, content }] of Object.entries(responses)) {
        expect(known.has(status), `${call} ${status}`).to.equal(true)
        expect(description, `${call} ${status}`).not.to.equal('Default Response')
        expect(content === undefined, `${call} ${status}`).to.equal(status === '204')
        if (Number(status) >= 400) expect(JSON.stringify(content), call).to.contain('#/components/schemas/Error')
      }
    }
  })

  it('refers only to schemas that it has, and has none that nothing refers to', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1])
    const names = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)
    expect([...new Set(references)]).to.have.members(names)
  })

  it('tells every parameter of a path, and that bodies take no unknown field', () => {
    for (const [call, { parameters = [], requestBody }] of operations) {
      const inPath = [...call.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      expect(
        parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
        call,
      ).to.deep.equal(inPath)
      if (requestBody === undefined) continue
      const body = requestBody.content['application/json']?.schema
      const isDocument = call === 'post /api/library/import'
      expect(body?.additionalProperties, call).to.equal(isDocument ? undefined : false)
    }
  })

  it('asks for the token everywhere but at the health checks', () => {
    expect(document.security).to.deep.equal([{ token: [] }])
    const open = operations.filter(([, operation]) => operation.security?.length === 0).map(([call]) => call)
    expect(open.sort()).to.deep.equal(['get /healthz', 'get /readyz'])
  })
})
