import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { expect } from 'chai'
import { encodeBencoded } from '../../lib/torrent/metadata/bencode.ts'
import { parseMagnet, parseTorrent } from '../../lib/torrent/metadata/parse-metadata.ts'
import { isLocalAddress } from '../../lib/torrent/webseed/local-address.ts'
import { isWebSeedUrl } from '../../lib/torrent/webseed/web-seed-url.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { hurriedClock } from '../support/hurried-clock.ts'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { type MadeTorrent, makeContent, makeTorrent } from '../support/make-torrent.ts'
import { until } from '../support/until.ts'

const PIECE = 65536

/** The metadata with web seeds in it. */
function withSeeds(metadata: Uint8Array, ...urls: readonly string[]): Uint8Array {
  const list = Buffer.from(encodeBencoded(urls))
  return Buffer.concat([metadata.subarray(0, -1), Buffer.from('8:url-list'), list, Buffer.from('e')])
}

interface Range {
  readonly start: number
  readonly end: number
}

/** An HTTP server with files; `answer` is what it does, ranges by default. */
class FileServer {
  readonly files = new Map<string, Buffer>()
  readonly requests: IncomingMessage[] = []
  connections = 0
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer, range: Range) => void = (
    _request,
    response,
    body,
    range,
  ) => FileServer.give(response, body, range)
  readonly #sockets = new Set<Socket>()
  readonly #server: Server = createServer((request, response) => {
    this.requests.push(request)
    const body = this.files.get(decodeURIComponent(new URL(request.url!, 'http://x').pathname))
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    if (!body || !match) {
      response.writeHead(404).end()
      return
    }
    this.answer(request, response, body, { start: Number(match[1]), end: Number(match[2]) + 1 })
  }).on('connection', (socket) => {
    this.connections++
    this.#sockets.add(socket)
  })

  static give(response: ServerResponse, body: Buffer, { start, end }: Range): void {
    response.writeHead(206, {
      'content-range': `bytes ${start}-${end - 1}/${body.length}`,
      'content-length': end - start,
    })
    response.end(body.subarray(start, end))
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

describe('web seeds', () => {
  let swarm: LoopbackSwarm
  let server: FileServer
  beforeEach(async () => {
    swarm = await LoopbackSwarm.start()
    server = await new FileServer().listen()
  })
  afterEach(async () => {
    await swarm.close()
    await server.close()
  })

  const film = makeTorrent({ totalBytes: 40 * PIECE + 777, pieceBytes: PIECE })
  const openFilm = async (torrent: MadeTorrent, ...urls: readonly string[]) => {
    const opened = await swarm.open(torrent, { metadata: withSeeds(torrent.metadata, ...urls) })
    opened.resume()
    return opened
  }

  it('reads a file from an HTTP server alone, over a few connections, in runs of blocks', async () => {
    server.files.set('/dir/film.mkv', film.content)
    const opened = await openFilm(film, `${server.url}/dir/`)
    const bytes = await readPieces(opened, 0, film.layout.pieceCount)
    expect(bytes.equals(film.content)).to.equal(true)
    expect(server.connections).to.be.at.most(2)
    expect(server.requests.length).to.be.below(60)
    expect(opened.stats()).to.include({ downloadedBytes: film.content.length, wastedBytes: 0, peers: 0 })
    for (const { headers } of server.requests) expect(headers).not.to.have.any.keys('authorization', 'cookie')
  })

  it('wastes nothing at full speed, with two answers on their way', async () => {
    const large = makeTorrent({ totalBytes: 32 << 20, pieceBytes: 1 << 20 })
    server.files.set('/large', large.content)
    const opened = await openFilm(large, `${server.url}/large`)
    expect((await readPieces(opened, 0, 32)).equals(large.content)).to.equal(true)
    expect(opened.stats().wastedBytes).to.equal(0)
    expect(server.connections).to.be.at.most(2)
  })

  it('takes the name of a single file as it is given, and asks for nothing that no window wants', async () => {
    server.files.set('/other-name', film.content)
    const opened = await openFilm(film, `${server.url}/other-name`)
    await readPieces(opened, 7, 9)
    for (const { headers } of server.requests) {
      const [start, last] = /(\d+)-(\d+)/.exec(headers.range!)!.slice(1).map(Number)
      expect([start! >= 7 * PIECE, last! < 9 * PIECE]).to.deep.equal([true, true])
    }
    opened.pause()
    await until(() => server.requests.every((request) => request.socket.destroyed))
  })

  it('reads several files, over their borders', async () => {
    const files = Object.entries({ 'a é.mkv': 100_001, 'sub/b.mkv': 5, 'c.mkv': 200_000 }).map(([path, size]) => {
      return { path, bytes: makeContent(size, size) }
    })
    const made = makeFilesTorrent('show', files, PIECE)
    for (const { path, bytes } of files) server.files.set(`/show/${path}`, bytes)
    const opened = await openFilm(made, server.url)
    const bytes = await readPieces(opened, 0, opened.info.layout.pieceCount)
    expect(bytes.equals(made.content)).to.equal(true)
  })

  it('follows a redirect, and a magnet’s ws', async () => {
    server.files.set('/moved', film.content)
    server.files.set('/there', film.content)
    server.answer = (request, response, body, range) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/there' }).end()
      else FileServer.give(response, body, range)
    }
    const magnetUri = `${film.magnetUri}&ws=${encodeURIComponent(`${server.url}/moved`)}`
    const opened = await swarm.open(film, { metadata: film.metadata, magnetUri })
    opened.resume()
    expect((await readPieces(opened, 0, 4)).equals(film.content.subarray(0, 4 * PIECE))).to.equal(true)
  })

  it('asks a private torrent’s own web seeds only', async () => {
    const secret = makeTorrent({ totalBytes: 4 * PIECE, pieceBytes: PIECE, isPrivate: true })
    server.files.set('/own', secret.content)
    server.files.set('/added', secret.content)
    const magnetUri = `${secret.magnetUri}&ws=${encodeURIComponent(`${server.url}/added`)}`
    const opened = await swarm.open(secret, { metadata: withSeeds(secret.metadata, `${server.url}/own`), magnetUri })
    opened.resume()
    await readPieces(opened, 0, 4)
    expect(new Set(server.requests.map((request) => request.url))).to.deep.equal(new Set(['/own']))
  })

  describe('that misbehave', () => {
    const misdeeds: Record<string, FileServer['answer']> = {
      'sends other bytes': (_request, response, body, range) =>
        FileServer.give(response, Buffer.from(body).fill(7, 0, body.length), range),
      'knows no ranges': (_request, response, body) => {
        response.writeHead(200, { 'content-length': body.length })
        response.end(body)
      },
      'sends another range': (_request, response, body, { start, end }) => {
        response.writeHead(206, { 'content-range': `bytes ${start + 1}-${end}/${body.length}` })
        response.end(body.subarray(start + 1, end + 1))
      },
      'says another length': (_request, response, body, { start, end }) => {
        response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/9`, 'content-length': end - start + 1 })
        response.end(body.subarray(start, end + 1))
      },
      'sends more than was asked': (_request, response, body, { start, end }) => {
        response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${body.length}` })
        response.end(Buffer.concat([body.subarray(start, end), Buffer.alloc(70_000)]))
      },
      'cuts its answers short': (_request, response, body, { start, end }) => {
        response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${body.length}` })
        response.end(body.subarray(start, start + 1000))
      },
      'encodes its answers': (_request, response, body, { start, end }) => {
        response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/1`, 'content-encoding': 'gzip' })
        response.end(body.subarray(start, end))
      },
      'redirects for ever': (request, response) => {
        response.writeHead(302, { location: request.url! }).end()
      },
      'redirects elsewhere than to HTTP': (_request, response) => {
        response.writeHead(302, { location: 'file:///etc/passwd' }).end()
      },
      'hangs up': (request) => {
        request.socket.destroy()
      },
      'is broken': (_request, response) => {
        response.writeHead(500).end()
      },
    }
    for (const [name, answer] of Object.entries(misdeeds)) {
      it(`reads on from a peer beside one that ${name}`, async () => {
        server.files.set('/film', film.content)
        server.answer = answer
        const opened = await openFilm(film, `${server.url}/film`)
        const reading = readPieces(opened, 0, film.layout.pieceCount)
        await until(() => server.requests.length > 0)
        await swarm.addPeer({ torrent: film })
        expect((await reading).equals(film.content)).to.equal(true)
        expect(server.requests.length).to.be.below(20)
      })
    }

    it('asks one that was broken again, after a while', async () => {
      let isBroken = true
      server.files.set('/film', film.content)
      server.answer = (_request, response, body, range) => {
        if (isBroken) response.writeHead(503).end()
        else FileServer.give(response, body, range)
        isBroken = false
      }
      await swarm.close()
      swarm = await LoopbackSwarm.start({ clock: hurriedClock(10) })
      const opened = await openFilm(film, `${server.url}/film`)
      expect((await readPieces(opened, 0, 1)).equals(film.content.subarray(0, PIECE))).to.equal(true)
    })
  })
})

describe('web seed addresses', () => {
  it('are of HTTP, without a login, and without a query in the own network', () => {
    const good = ['http://a.example/x', 'https://a.example:8080/x?y=1', 'http://192.168.1.7/x', 'http://[::1]/x']
    const bad = [
      'ftp://a.example/x',
      'file:///etc/passwd',
      'http://user:pass@a.example/',
      'http://192.168.1.1/reboot?now=1',
      'http://127.1/?q',
      'http://[::1]/?q',
      'http://[::ffff:10.0.0.1]/?q',
      'http://localhost/?q',
      'nonsense',
    ]
    expect(good.filter((url) => !isWebSeedUrl(url))).to.deep.equal([])
    expect(bad.filter(isWebSeedUrl)).to.deep.equal([])
  })

  it('tell the own network from the internet', () => {
    const local = [
      '127.0.0.1',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.0.1',
      '169.254.1.1',
      '::1',
      'fe80::1',
      'fd00::1',
      '::ffff:127.0.0.1',
    ]
    const open = ['8.8.8.8', '172.32.0.1', '2001:db8::1', '::ffff:8.8.8.8', 'no address']
    expect(local.filter((address) => !isLocalAddress(address))).to.deep.equal([])
    expect(open.filter(isLocalAddress)).to.deep.equal([])
  })

  it('are read from torrents, one or a list, and from magnets', () => {
    const film = makeTorrent({ totalBytes: PIECE, pieceBytes: PIECE })
    const urls = ['http://a.example/f', 'ftp://a.example/f', 'http://a.example/f', 'https://b.example/f']
    expect(parseTorrent(withSeeds(film.metadata, ...urls)).webSeeds).to.deep.equal([urls[0], urls[3]])
    const single = Buffer.concat([film.metadata.subarray(0, -1), Buffer.from('8:url-list18:http://a.example/fe')])
    expect(parseTorrent(single).webSeeds).to.deep.equal(['http://a.example/f'])
    expect(parseTorrent(film.metadata).webSeeds).to.deep.equal([])
    expect(parseMagnet(`${film.magnetUri}&ws=http%3A%2F%2Fa.example%2Ff&ws=x`).webSeeds).to.deep.equal([
      'http://a.example/f',
    ])
  })
})
