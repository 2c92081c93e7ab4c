import { expect } from 'chai'
import fc from 'fast-check'
import { infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { LocalDiscovery } from '../../lib/torrent/discovery/local-discovery.ts'
import { decodeLocalMessage, encodeLocalMessage } from '../../lib/torrent/discovery/local-message.ts'
import type { OpenLocalSocket } from '../../lib/torrent/discovery/local-socket.ts'
import { openLocalSocket } from '../../lib/torrent/discovery/local-socket.ts'
import { SharedDiscovery } from '../../lib/torrent/discovery/shared-discovery.ts'
import { ManualClock } from '../support/manual-clock.ts'

const hash = (index: number) => infoHash(index.toString(16).padStart(40, '0'))

/** A network on which everybody hears everybody, themselves too. */
class Network {
  readonly listeners = new Set<(datagram: Uint8Array, host: string) => void>()
  readonly sent: Uint8Array[] = []

  socketsOf(host: string): OpenLocalSocket {
    return (family, onDatagram) => {
      if (family === 'udp6') return { group: '[ff15::efc0:988f]:6771', send() {}, close() {} }
      this.listeners.add(onDatagram)
      return {
        group: '239.192.152.143:6771',
        send: (datagram) => {
          this.sent.push(datagram)
          for (const listener of this.listeners) listener(datagram, host)
        },
        close: () => this.listeners.delete(onDatagram),
      }
    }
  }
}

describe('local discovery', () => {
  let clock: ManualClock
  let network: Network
  beforeEach(() => {
    clock = new ManualClock()
    network = new Network()
  })
  afterEach(() => {
    expect(network.listeners.size).to.equal(0)
    expect(clock.pendingTimers).to.equal(0)
  })

  const join = (host: string) => new LocalDiscovery({ clock, openSocket: network.socketsOf(host) })

  it('tells peers of one network of each other, and nobody of himself', () => {
    const [a, b] = [join('10.0.0.1'), join('10.0.0.2')]
    const heard: string[] = []
    a.join(hash(1), 1111, (address) => heard.push(`a: ${address}`))
    b.join(hash(1), 2222, (address) => heard.push(`b: ${address}`))
    b.join(hash(2), 2222, (address) => heard.push(`b2: ${address}`))
    clock.advance(1000)
    expect(heard.sort()).to.deep.equal(['a: 10.0.0.2:2222', 'b: 10.0.0.1:1111'])
    expect(network.sent).to.have.length(2)
    a.close()
    b.close()
  })

  it('says each torrent every five minutes, many in one message, and one message a second at the most', () => {
    const local = join('10.0.0.1')
    for (let index = 0; index < 50; index++) local.join(hash(index), 1111, () => {})
    clock.advance(10_000)
    expect(network.sent).to.have.length(3)
    for (const datagram of network.sent) expect(datagram.length).to.be.below(1400)
    expect(network.sent.flatMap((datagram) => decodeLocalMessage(datagram)!.infoHashes)).to.have.length(50)
    clock.advance(4 * 60_000)
    expect(network.sent).to.have.length(3)
    clock.advance(60_000)
    expect(network.sent).to.have.length(6)
    local.close()
    local.close()
  })

  it('is on the network only while a torrent is joined', () => {
    const local = join('10.0.0.1')
    expect(network.listeners.size).to.equal(0)
    const left = local.join(hash(1), 1111, () => {})
    expect(network.listeners.size).to.equal(1)
    left.dispose()
    left.dispose()
  })

  it('believes only so much', () => {
    const local = join('10.0.0.1')
    let peers = 0
    local.join(hash(1), 1111, () => peers++)
    const socket = network.socketsOf('10.0.0.9')('udp4', () => {})
    for (let port = 1; port < 1000; port++) {
      socket.send(encodeLocalMessage(socket.group, { port, infoHashes: [hash(1)], cookie: undefined }))
    }
    expect(peers).to.equal(200)
    socket.close()
    local.close()
  })

  it('reads what others write, and nothing else', () => {
    const text = `BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: ${hash(7).toUpperCase()}\r\n\r\n\r\n`
    expect(decodeLocalMessage(Buffer.from(text))).to.deep.equal({
      port: 6881,
      infoHashes: [hash(7)],
      cookie: undefined,
    })
    for (const bad of [
      text.replace('6881', '99999'),
      text.replace('6881', '0'),
      text.replace('BT-SEARCH', 'M-SEARCH'),
      text.replace('000', 'xyz'),
      text + 'x'.repeat(1400),
      '',
    ]) {
      expect(decodeLocalMessage(Buffer.from(bad))).to.equal(undefined)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeLocalMessage(bytes)
      }),
    )
  })

  it('is never asked for a private torrent, and is left when one turns out to be private', async () => {
    const discovery = new SharedDiscovery({
      clock,
      logger: silentLogger,
      dht: false,
      dhtStatePath: '/nowhere',
      localDiscovery: true,
      openLocalSocket: network.socketsOf('10.0.0.1'),
    })
    const heard: string[] = []
    const request = (index: number, isPrivate: boolean) => ({
      infoHash: hash(index),
      trackers: [],
      isPrivate,
      port: 1111,
      onPeer: (address: string) => heard.push(address),
      progress: () => ({ uploaded: 0, downloaded: 0, left: 0 }),
    })
    discovery.join(request(1, true))
    expect(network.listeners.size).to.equal(0)
    const other = discovery.join(request(2, false))
    const open = discovery.join(request(3, false))
    other.update({ trackers: [], isPrivate: true })
    clock.advance(2000)
    expect(network.sent.flatMap((datagram) => decodeLocalMessage(datagram)!.infoHashes)).to.deep.equal([hash(3)])
    const socket = network.socketsOf('10.0.0.9')('udp4', () => {})
    const infoHashes = [hash(1), hash(2), hash(3)]
    socket.send(encodeLocalMessage(socket.group, { port: 9, infoHashes, cookie: 'x' }))
    expect(heard).to.deep.equal(['10.0.0.9:9'])
    socket.close()
    open.dispose()
    await discovery.close()
  })

  it('opens and closes real sockets, with or without multicast', async () => {
    for (const family of ['udp4', 'udp6'] as const) {
      const socket = openLocalSocket(silentLogger)(family, () => {})
      socket.send(Buffer.from('early'))
      socket.close()
      socket.close()
      const second = openLocalSocket(silentLogger)(family, () => {})
      await new Promise((resolve) => setTimeout(resolve, 20))
      second.send(Buffer.from('x'))
      second.close()
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  })
})
