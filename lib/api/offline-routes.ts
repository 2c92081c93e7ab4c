import type { FileKey } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import { contentId } from '../domain/ids.ts'
import { legalPathName } from '../domain/legal-name.ts'
import type { TreeNode } from '../domain/tree.ts'
import { answer, bodyErrors, errorsOf, noContent } from './answers.ts'
import type { ApiApp, RouteContext } from './api-app.ts'
import { fileKeyOf } from './file-input.ts'
import { FileParams } from './schemas/common.ts'
import { OfflineAnswer, OfflineBody } from './schemas/curation.ts'

const tags = ['files']

export function registerOfflineRoutes(app: ApiApp, { services }: RouteContext): void {
  const { queries, writer, trees, fetcher } = services

  /** Where /Offline shows the file now. */
  async function pathsOf({ infoHash, fileIndex }: FileKey): Promise<string[]> {
    await trees.settled()
    const offline = trees.current.find('/Offline')
    return offline ? [...pathsBelow(offline, contentId(infoHash, fileIndex), '')] : []
  }

  /** Of a film alone its name, of others the folder of their torrent too. Fails with `not_found`. */
  function pathInTorrent({ infoHash, fileIndex }: FileKey): string {
    const { name, files } = queries.torrent(infoHash)
    const shown = files.filter((file) => !file.isPad)
    const file = shown.find((one) => one.index === fileIndex)
    if (!file) throw new AppError('not_found', `no file ${fileIndex} of torrent ${infoHash}`)
    const parts = file.path.split('/')
    return (shown.length === 1 || parts[0] === name ? parts : [name, ...parts]).map(legalPathName).join('/')
  }

  app.route({
    method: 'POST',
    url: '/api/files/:id/offline',
    schema: {
      tags,
      operationId: 'keepFile',
      summary: 'Fetches a file whole and keeps it',
      description: 'At low priority. It shows under /Offline until it is let go.',
      params: FileParams,
      body: OfflineBody,
      response: {
        200: answer('Kept; its path below /Offline.', OfflineAnswer),
        ...errorsOf('not_found', 'conflict', 'storage_full'),
        ...bodyErrors,
      },
    },
    preValidation: (request, _reply, next) => {
      request.body ??= {} // all of it is optional
      next()
    },
    handler: async ({ params, body }) => {
      const file = fileKeyOf(params.id)
      const wanted = body.path?.split('/').map(legalPathName).join('/') ?? pathInTorrent(file)
      const known = await pathsOf(file)
      const [first] = known
      const path = body.path === undefined && first !== undefined ? first : wanted
      writer.addOffline(file, path)
      try {
        fetcher.fetchWhole(file)
      } catch (error) {
        if (!known.includes(path)) writer.removeOffline(path)
        throw error
      }
      return { id: contentId(file.infoHash, file.fileIndex), path }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/files/:id/offline',
    schema: {
      tags,
      operationId: 'releaseFile',
      summary: 'Keeps a file no longer',
      description: 'It leaves /Offline; its bytes stay until something else needs their place.',
      params: FileParams,
      response: { 204: noContent('Let go.'), ...errorsOf('not_found') },
    },
    handler: async ({ params }, reply) => {
      const file = fileKeyOf(params.id)
      const paths = await pathsOf(file)
      if (paths.length === 0) throw new AppError('not_found', 'the file is not in /Offline')
      for (const path of paths) {
        for (const free of writer.removeOffline(path)) fetcher.releaseWhole(free)
      }
      return reply.code(204).send()
    },
  })
}

function* pathsBelow(node: TreeNode, content: string, path: string): Generator<string> {
  if (node.kind === 'file') {
    if (node.content === content) yield path
    return
  }
  for (const [name, child] of node.children) yield* pathsBelow(child, content, path === '' ? name : `${path}/${name}`)
}
