import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'

/** A child process with another streaming client and its web server. Says `ready`; then, asked to play, the film's URL. */
export type RivalName = 'torrent-stream' | 'webtorrent'

interface RivalOrder {
  readonly client: RivalName
  /** Where webtorrent is installed. */
  readonly modules: string
  readonly directory: string
  readonly metadataPath: string
}

interface PlainEngine {
  readonly files: readonly {
    readonly length: number
    createReadStream(range: { readonly start: number; readonly end: number }): Readable
  }[]
  on(event: 'ready', listener: () => void): void
}
type TorrentStream = (source: Buffer, options: object) => PlainEngine

interface WebTorrentClient {
  add(
    source: Buffer,
    options: object,
    done: (added: { readonly files: readonly { streamURL: string }[] }) => void,
  ): void
  createServer(options: object): { readonly server: import('node:http').Server }
}

/** What peerflix and its like do: a range becomes a stream of the file. */
async function playTorrentStream(engine: PlainEngine): Promise<string> {
  await new Promise<void>((resolve) => engine.on('ready', resolve))
  const [file] = engine.files
  if (!file) throw new Error('no file')
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const [, first = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? 'bytes=0-') ?? []
    const start = Number(first)
    const end = last === '' ? file.length - 1 : Number(last)
    response.writeHead(206, {
      'content-length': end - start + 1,
      'content-range': `bytes ${start}-${end}/${file.length}`,
      'accept-ranges': 'bytes',
    })
    if (request.method === 'HEAD') response.end()
    else pipeline(file.createReadStream({ start, end }), response, () => {})
  }
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/film`
}

async function begin(order: RivalOrder): Promise<() => Promise<string>> {
  const metadata = () => readFileSync(order.metadataPath)
  if (order.client === 'torrent-stream') {
    const factory = createRequire(import.meta.url)('torrent-stream') as TorrentStream
    const options = { dht: false, path: order.directory, tmp: order.directory }
    return () => playTorrentStream(factory(metadata(), options))
  }
  const entry = pathToFileURL(join(order.modules, 'node_modules/webtorrent/index.js')).href
  const { default: WebTorrent } = (await import(entry)) as { default: new (options: object) => WebTorrentClient }
  const client = new WebTorrent({ dht: false, lsd: false, natUpnp: false, natPmp: false, utp: false })
  const { server } = client.createServer({})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return () =>
    new Promise((resolve) =>
      client.add(metadata(), { path: order.directory, deselect: true }, ({ files }) =>
        resolve(`${base}${files[0]?.streamURL}`),
      ),
    )
}

const play = await begin(JSON.parse(process.argv[2] ?? '{}') as RivalOrder)
process.once('message', () => {
  void play().then((url) => process.send?.(url))
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
