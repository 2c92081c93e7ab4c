import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import { systemClock } from '../../lib/domain/clock.ts'
import { isAppError } from '../../lib/domain/errors.ts'
import { announceHttp } from '../../lib/torrent/discovery/tracker-http.ts'
import {
  parseResponse,
  type TrackerRequest,
  type TrackerResponse,
} from '../../lib/torrent/discovery/tracker-protocol.ts'
import { announceUdp } from '../../lib/torrent/discovery/tracker-udp.ts'

const REQUEST: TrackerRequest = {
  infoHash: Buffer.from('00ff2041612e2d5f7e252b26232f3d3a3b3c3d3e', 'hex'),
  peerId: Buffer.alloc(20, 'p'),
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 2 ** 40,
  event: 'started',
  peersWanted: 50,
  key: 7,
}

type Outcome = TrackerResponse | 'timeout' | { readonly code: string }

async function outcome(work: (signal: AbortSignal) => Promise<TrackerResponse>, waitMs = 30_000): Promise<Outcome> {
  const signal = AbortSignal.timeout(waitMs)
  try {
    return await work(signal)
  } catch (error) {
    if (isAppError(error)) return { code: error.code }
    expect(error, String(error)).to.equal(signal.reason)
    return 'timeout'
  }
}

describe('trackers that misbehave', () => {
  describe('over HTTP', () => {
    async function against(answer: (response: ServerResponse, url: string) => void, waitMs?: number): Promise<Outcome> {
      const server = createServer((request, response) => answer(response, request.url ?? ''))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce?key=a%2Fb`
      try {
        return await outcome((signal) => announceHttp(url, REQUEST, 'Spec', signal), waitMs)
      } finally {
        server.closeAllConnections()
        server.close()
      }
    }

    it('sends info-hash and peer id byte for byte, and reads every form of answer', async () => {
      let asked = ''
      const peers6 = Buffer.concat([Buffer.from('20010db8000000000000000000000001', 'hex'), Buffer.from([0x1a, 0xe1])])
      const body = Buffer.concat([
        Buffer.from(
          'd8:intervali1800e12:min intervali90e5:peersld2:ip9:127.0.0.14:porti7001eed2:ip3:bad4:porti1eei5ee6:peers618:',
        ),
        peers6,
        Buffer.from('10:tracker id2:iDe'),
      ])
      const answer = await against((response, url) => {
        asked = url
        response.setHeader('content-encoding', 'gzip').end(gzipSync(body))
      })
      expect(asked).to.contain('key=a%2Fb&info_hash=%00%FF%20Aa.-_~%25%2B%26%23%2F%3D%3A%3B%3C%3D%3E&peer_id=pppp')
      expect(answer).to.deep.equal({
        intervalMs: 1_800_000,
        minIntervalMs: 90_000,
        peers: ['127.0.0.1:7001', '[2001:db8:0:0:0:0:0:1]:6881'],
        trackerId: new Uint8Array([0x69, 0x44]),
      })
    })

    it('follows some redirects, not all', async () => {
      const once = await against((response, url) => {
        if (url.startsWith('/moved')) response.end('d8:intervali60e5:peers0:e')
        else response.writeHead(302, { location: `/moved${url.slice(9)}` }).end()
      })
      expect(once).to.deep.equal({ intervalMs: 60_000, minIntervalMs: undefined, peers: [] })
      expect(await against((response) => response.writeHead(302, { location: '/announce' }).end())).to.deep.equal({
        code: 'unavailable',
      })
      expect(
        await against((response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end()),
      ).to.deep.equal({ code: 'unavailable' })
    })

    it('fails plainly on refusals, cut connections and floods, and in time on silence', async () => {
      expect(await against((response) => response.end('d14:failure reason4:goede'))).to.deep.equal({
        code: 'unavailable',
      })
      expect(await against((response) => response.writeHead(500).end())).to.deep.equal({ code: 'unavailable' })
      expect(await against((response) => response.destroy())).to.deep.equal({ code: 'unavailable' })
      const cut = await against((response) => {
        response.writeHead(200, { 'content-length': 1000 }).write('d5:peers')
        setImmediate(() => response.destroy())
      })
      expect(cut).to.deep.equal({ code: 'unavailable' })
      const flood = await against((response) => {
        const pour = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
        }
        response.on('drain', pour)
        pour()
      })
      expect(flood).to.deep.equal({ code: 'unavailable' })
      expect(
        await against((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip')),
      ).to.deep.equal({
        code: 'invalid',
      })
      const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024))
      expect(
        await against((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
      ).to.deep.equal({
        code: 'invalid',
      })
      expect(await against(() => {}, 100)).to.equal('timeout')
      expect(await against((response) => response.write('d5:peers'), 100)).to.equal('timeout')
    })

    it('reads any bytes as an answer or as invalid', () => {
      const valid = Buffer.from('d8:intervali1800e5:peersld2:ip9:127.0.0.14:porti7001eee6:peers60:10:tracker id2:iDe')
      const mutated = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 }).map((changes) => {
        const bytes = Buffer.from(valid)
        for (const [at, byte] of changes) bytes[at] = byte
        return bytes
      })
      fc.assert(
        fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (body) => {
          try {
            for (const peer of parseResponse(body).peers) expect(peer).to.match(/^(\d+(\.\d+){3}|\[[0-9a-f:.]+\]):\d+$/)
          } catch (error) {
            expect(isAppError(error), String(error)).to.equal(true)
          }
        }),
        { numRuns: 1000 },
      )
    })
  })

  describe('over UDP', () => {
    async function against(answers: (datagram: Buffer) => readonly Buffer[], waitMs?: number): Promise<Outcome> {
      const socket = createSocket('udp4')
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
      socket.on('message', (datagram, from) => {
        for (const answer of answers(datagram)) socket.send(answer, from.port, from.address)
      })
      try {
        const url = `udp://127.0.0.1:${socket.address().port}/a?pass=1`
        return await outcome((signal) => announceUdp(url, REQUEST, systemClock, signal), waitMs)
      } finally {
        socket.close()
      }
    }

    const uint32 = (...values: number[]) => {
      const bytes = Buffer.alloc(values.length * 4)
      for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4)
      return bytes
    }

    it('speaks the protocol, ignoring datagrams that are not the answer', async () => {
      const seen: Buffer[] = []
      const answer = await against((datagram) => {
        seen.push(datagram)
        const transaction = datagram.readUInt32BE(12)
        const noise = [Buffer.alloc(0), uint32(0), uint32(0, transaction + 1, 1, 1), uint32(9, transaction)]
        if (datagram.length === 16) return [...noise, uint32(0, transaction), uint32(0, transaction, 5, 6)]
        return [
          ...noise,
          Buffer.concat([uint32(1, transaction, 1800, 0, 0), Buffer.from([127, 0, 0, 1, 0x1b, 0x59, 1, 2])]),
        ]
      })
      expect(answer).to.deep.equal({ intervalMs: 1_800_000, minIntervalMs: undefined, peers: ['127.0.0.1:7001'] })
      const [connect, announce] = seen as [Buffer, Buffer]
      expect(connect.subarray(0, 12).toString('hex')).to.equal('000004172710198000000000')
      expect(announce.subarray(0, 12)).to.deep.equal(uint32(5, 6, 1))
      expect(announce.subarray(16, 36)).to.deep.equal(REQUEST.infoHash)
      expect(announce.readBigUInt64BE(64)).to.equal(2n ** 40n)
      expect(announce.subarray(98).toString('latin1')).to.equal('\u0002\u0009/a?pass=1')
    })

    it('fails plainly on refusals and closed ports, in time on silence and garbage', async () => {
      const refused = await against((datagram) => [
        Buffer.concat([uint32(3, datagram.readUInt32BE(12)), Buffer.from('no')]),
      ])
      expect(refused).to.deep.equal({ code: 'unavailable' })
      const closed = await outcome((signal) => announceUdp('udp://127.0.0.1:1', REQUEST, systemClock, signal))
      expect(closed).to.deep.equal({ code: 'unavailable' })
      const noName = 'udp://a..b:1' // fails without a name server, which may be far or silent
      const bad = await outcome((signal) => announceUdp(noName, REQUEST, systemClock, signal))
      expect(bad).to.deep.equal({ code: 'unavailable' })
      expect(await against(() => [], 100)).to.equal('timeout')
      expect(await against((datagram) => [uint32(1, datagram.readUInt32BE(12)), Buffer.alloc(3)], 100)).to.equal(
        'timeout',
      )
    })
  })
})
