import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import type { Duplex } from 'node:stream'
import type { InfoHash } from '../../domain/ids.ts'
import type { PeerConnection } from '../transport/peer-connection.ts'
import type { PeerWire, WireSwarm } from './peer-wire.ts'

/** A wire of peer-wire-protocol, as far as it is used. */
interface ProtocolWire extends Duplex {
  peerAddress: string
  choke(): void
  unchoke(): void
  interested(): void
  have(piece: number): void
  bitfield(bits: { readonly buffer: Buffer }): void
  piece(piece: number, offsetBytes: number, data: Buffer): void
  extended(id: number, payload: Buffer): void
}

interface ProtocolSwarm extends EventEmitter {
  /** Sends the handshake and takes connection and wire into its books, whichever side opened the connection. */
  _onincoming(connection: ConnectionBookEntry, wire: ProtocolWire): void
}

interface ProtocolEngine extends EventEmitter {
  readonly swarm: ProtocolSwarm
  destroy(): void
}

type EngineFactory = (source: { infoHash: string; announce: string[] }, options: object) => ProtocolEngine
type WireFactory = (options?: object) => ProtocolWire

const KEEP_ALIVE = Buffer.alloc(4)

let loaded: { readonly engine: EngineFactory; readonly wire: WireFactory } | undefined

/**
 * torrent-stream, and the wire of its own dependency tree. With it comes a speed meter that ticks four times a second
 * for as long as the process lives; a stand-in takes its place. Takes a tenth of a second the first time.
 */
export function loadTorrentStream(): { readonly engine: EngineFactory; readonly wire: WireFactory } {
  if (loaded) return loaded
  const require = createRequire(import.meta.url)
  const ofEngine = createRequire(require.resolve('torrent-stream'))
  const ofSwarm = createRequire(ofEngine.resolve('peer-wire-swarm'))
  const ofWire = createRequire(ofSwarm.resolve('peer-wire-protocol'))
  for (const meter of new Set([ofSwarm.resolve('speedometer'), ofWire.resolve('speedometer')])) {
    const still = { id: meter, filename: meter, loaded: true, exports: () => () => 0 }
    require.cache[meter] ??= still as unknown as NodeJS.Module
  }
  loaded = { engine: require('torrent-stream') as EngineFactory, wire: ofSwarm('peer-wire-protocol') as WireFactory }
  return loaded
}

export interface TorrentStreamSwarmOptions {
  readonly infoHash: InfoHash
  /** 20 bytes of latin1. */
  readonly peerId: string
  /** Where torrent-stream may look for files of its own; none are ever there. */
  readonly dataDir: string
  readonly maxConnections: number
}

/**
 * One torrent's swarm on torrent-stream 1.2. It is given the info-hash and no metadata: so its own selection, hashing,
 * storage and rechoke interval never begin, and it does what it is here for, the handshake and the wires. The peer's
 * bytes do not go through its parser, which any peer can make throw: `WireGuard` reads them.
 */
export class TorrentStreamSwarm implements WireSwarm {
  readonly #engine: ProtocolEngine
  readonly #newWire: WireFactory
  #isDestroyed = false

  constructor(options: TorrentStreamSwarmOptions) {
    const { engine, wire } = loadTorrentStream()
    this.#newWire = wire
    this.#engine = engine(
      { infoHash: options.infoHash, announce: [] },
      {
        id: options.peerId,
        dht: false,
        tracker: false,
        verify: false,
        connections: options.maxConnections,
        tmp: options.dataDir,
        path: options.dataDir,
      },
    )
    this.#engine.on('error', () => {})
    this.#engine.swarm.on('error', () => {})
  }

  attach(connection: PeerConnection, address: string): PeerWire {
    const wire = this.#newWire()
    const entry = new ConnectionBookEntry(connection)
    wire.on('error', () => entry.destroy())
    wire.on('data', (chunk: Buffer) => connection.write(chunk))
    this.#engine.swarm._onincoming(entry, wire)
    wire.peerAddress = address
    return new TorrentStreamWire(wire, connection, entry)
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.#engine.destroy()
  }
}

/** What the package's books want of a connection: that it can be named, and tells of its end. */
class ConnectionBookEntry extends EventEmitter {
  readonly #connection: PeerConnection
  #isDestroyed = false

  constructor(connection: PeerConnection) {
    super()
    this.#connection = connection
  }

  address(): { readonly address: string; readonly port: number } {
    return { address: this.#connection.host, port: this.#connection.port }
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.#connection.destroy()
    this.emit('close')
  }
}

class TorrentStreamWire implements PeerWire {
  readonly fast = undefined
  readonly #wire: ProtocolWire
  readonly #connection: PeerConnection
  readonly #entry: ConnectionBookEntry
  #isDestroyed = false

  constructor(wire: ProtocolWire, connection: PeerConnection, entry: ConnectionBookEntry) {
    this.#wire = wire
    this.#connection = connection
    this.#entry = entry
  }

  get bufferedBytes(): number {
    return this.#wire.readableLength + this.#connection.bufferedBytes
  }

  choke(): void {
    this.#wire.choke()
  }

  unchoke(): void {
    this.#wire.unchoke()
  }

  interested(): void {
    this.#wire.interested()
  }

  have(piece: number): void {
    this.#wire.have(piece)
  }

  bitfield(bits: Uint8Array): void {
    this.#wire.bitfield({ buffer: Buffer.from(bits) })
  }

  blockMessages(messages: Buffer): void {
    this.#push(messages)
  }

  piece(piece: number, offsetBytes: number, data: Buffer): void {
    this.#wire.piece(piece, offsetBytes, data)
  }

  extended(id: number, payload: Uint8Array): void {
    this.#wire.extended(id, Buffer.from(payload))
  }

  keepAlive(): void {
    this.#push(KEEP_ALIVE)
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.#entry.destroy()
    this.#wire.destroy()
  }

  #push(chunk: Buffer): void {
    if (!this.#isDestroyed) this.#wire.push(chunk)
  }
}
