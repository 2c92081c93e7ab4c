import type { Clock } from '../../domain/clock.ts'
import type { Disposable } from '../../domain/disposable.ts'
import { AppError } from '../../domain/errors.ts'
import type { PieceLayout } from '../../domain/piece-layout.ts'
import type { BlockPeer } from '../schedule/block-peer.ts'
import { DEFAULT_REQUEST_QUEUE } from '../schedule/request-pipeline.ts'
import type { TorrentStore } from '../store/piece-store.ts'
import { plainHost } from '../swarm/peer-address.ts'
import type { ConnectionEvents, PeerConnection } from '../transport/peer-connection.ts'
import { ExtendedReader } from './extended-reader.ts'
import { encodeMetadataMessage, type MetadataMessage, type PeerExtensions } from './extension-protocol.ts'
import { PeerPieces, piecesIn } from './peer-pieces.ts'
import type { PeerWire } from './peer-wire.ts'
import type { SessionEvents } from './session-events.ts'
import { type GuardedMessages, type Handshake, WireGuard } from './wire-guard.ts'
import { BlockMessages, haveMessages, MessageId } from './wire-messages.ts'

const OPEN_TIMEOUT_MS = 12_000

export interface PeerSessionOptions {
  readonly connection: PeerConnection
  /** Sends our handshake: called when the connection stands. */
  readonly newWire: () => PeerWire
  /** `host:port` of the other end. */
  readonly address: string
  readonly isOutgoing: boolean
  readonly clock: Clock
  readonly events: SessionEvents
  /** Undefined while the metadata is not known. */
  readonly layout: PieceLayout | undefined
}

/** One connection to one peer: reads through the guard, keeps the peer's state, and writes through its wire. */
export class PeerSession implements BlockPeer, GuardedMessages, ConnectionEvents {
  readonly address: string
  readonly host: string
  readonly isOutgoing: boolean
  requestQueue = DEFAULT_REQUEST_QUEUE
  extensions: PeerExtensions | undefined
  /** Of its handshake, as latin1. */
  peerId = ''
  supportsExtensions = false
  /** Both sides offered the fast extension (BEP 6). */
  isFast = false
  isOpen = false
  isPeerInterested = false
  isPeerChoking = true
  amChoking = true
  receivedBytes = 0
  metadataRequests = 0
  lastHeardMs: number
  lastSentMs: number
  readonly #connection: PeerConnection
  readonly #newWire: () => PeerWire
  readonly #clock: Clock
  readonly #events: SessionEvents
  readonly #guard = new WireGuard(this)
  readonly #messages = new BlockMessages()
  readonly #pieces = new PeerPieces()
  readonly #extended: ExtendedReader
  readonly #deadline: Disposable
  #wire: PeerWire | undefined
  #isInterested = false
  #isPiecesSaid = false
  #toldInterest = false
  #isUnchokeNew = false
  #isClosed = false

  constructor(options: PeerSessionOptions) {
    this.address = options.address
    this.host = plainHost(options.connection.host)
    this.isOutgoing = options.isOutgoing
    this.#connection = options.connection
    this.#newWire = options.newWire
    this.#clock = options.clock
    this.#events = options.events
    this.#extended = new ExtendedReader(this, options.events)
    this.lastHeardMs = options.clock.monotonicMs()
    this.lastSentMs = this.lastHeardMs
    if (options.layout) this.setLayout(options.layout)
    this.#deadline = options.clock.after(OPEN_TIMEOUT_MS, () => this.close())
    this.#connection.listen(this)
    if (!options.isOutgoing) this.onConnected()
  }

  /** The sending side, from the moment the connection stands. Undefined before. */
  get wire(): PeerWire | undefined {
    return this.#wire
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isSeeder(): boolean {
    return this.#pieces.isComplete
  }

  get hasAnyPiece(): boolean {
    return this.#pieces.count > 0
  }

  onConnected(): void {
    if (!this.#isClosed) this.#wire = this.#newWire()
  }

  onDrain(): void {
    this.#events.onDrain(this)
  }

  onClosed(): void {
    this.close()
  }

  onData(chunk: Buffer): void {
    if (this.#isClosed) return
    this.lastHeardMs = this.#clock.monotonicMs()
    try {
      this.#guard.push(chunk)
      if (this.#isClosed) return
      this.#tellChanges()
      this.#events.onChunkEnd(this)
      this.flush()
    } catch (error) {
      this.close(error)
    }
  }

  /** What a peer may say over and over is acted on once a chunk. */
  #tellChanges(): void {
    if (this.#toldInterest !== this.isPeerInterested) {
      this.#toldInterest = this.isPeerInterested
      this.#events.onInterest(this)
    }
    if (!this.#isUnchokeNew) return
    this.#isUnchokeNew = false
    this.#events.onUnchoke(this)
  }

  /** The metadata is known: what the peer said before is checked against it. Throws `invalid`. */
  setLayout(layout: PieceLayout): void {
    this.#guard.setPieceCount(layout.pieceCount)
    this.#pieces.setLayout(layout)
  }

  has(piece: number): boolean {
    return this.#pieces.has(piece)
  }

  request(piece: number, offsetBytes: number, lengthBytes: number): void {
    this.#messages.add(MessageId.request, piece, offsetBytes, lengthBytes)
  }

  cancel(piece: number, offsetBytes: number, lengthBytes: number): void {
    this.#messages.add(MessageId.cancel, piece, offsetBytes, lengthBytes)
  }

  flush(): void {
    const messages = this.#messages.take()
    if (!messages || !this.#wire || this.#isClosed) return
    this.lastSentMs = this.#clock.monotonicMs()
    this.#wire.blockMessages(messages)
  }

  /** Says so once: a torrent stays interested while it is online. */
  showInterest(): void {
    if (this.#isInterested || !this.isOpen) return
    this.#isInterested = true
    this.#wire?.interested()
  }

  setChoking(isChoking: boolean): void {
    if (this.amChoking === isChoking) return
    this.amChoking = isChoking
    if (isChoking) this.#wire?.choke()
    else this.#wire?.unchoke()
  }

  /** Says what we have, before any `have`; nothing while the metadata is not known. What is said later goes by `have`. */
  sayPieces(store: Pick<TorrentStore, 'bitfield' | 'storedBytes'> | undefined, layout: PieceLayout | undefined): void {
    const wasSaid = this.#isPiecesSaid
    this.#isPiecesSaid = true
    const fast = this.isFast ? this.#wire?.fast : undefined
    if (!store || !layout || store.storedBytes === 0) {
      if (!wasSaid) fast?.haveNone()
    } else if (wasSaid) {
      this.#wire?.blockMessages(haveMessages([...piecesIn(store.bitfield, layout.pieceCount)]))
    } else if (fast && store.storedBytes === layout.totalBytes) fast.haveAll()
    else this.#wire?.bitfield(store.bitfield)
  }

  /**
   * Tells it, with `flush` or at the end of its chunk, that a request is not answered; false when it does not speak BEP 6, and
   * has to find out by itself.
   */
  reject(piece: number, offsetBytes: number, lengthBytes: number): boolean {
    if (!this.isFast) return false
    this.#messages.add(MessageId.reject, piece, offsetBytes, lengthBytes)
    return true
  }

  /** It rejected a request of this piece: at the second it gives none of it. True when `has` of it is false from now on. */
  refuse(piece: number): boolean {
    return !this.isPeerChoking && this.#pieces.refuse(piece)
  }

  /** Pieces that it refused may be asked again. */
  forgive(): void {
    for (const piece of this.#pieces.forgive()) this.#events.onHave(this, piece)
  }

  requestMetadata(piece: number): void {
    this.sendMetadata({ kind: 'request', piece }, 0)
  }

  sendMetadata(message: MetadataMessage, totalBytes: number): void {
    const id = this.extensions?.metadataId
    if (id !== undefined) this.#wire?.extended(id, encodeMetadataMessage(message, totalBytes))
  }

  /** Idempotent. */
  close(error?: unknown): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#deadline.dispose()
    this.#connection.destroy()
    this.#wire?.destroy()
    this.#events.onClosed(this, error)
  }

  onHandshake(handshake: Handshake): void {
    this.#deadline.dispose()
    this.supportsExtensions = handshake.supportsExtensions
    this.isFast = handshake.supportsFast && this.#wire?.fast !== undefined
    this.isOpen = true
    this.#events.onOpen(this, handshake)
  }

  onMessage(id: number, body: Buffer): void {
    if (this.#isClosed) return
    switch (id) {
      case MessageId.piece:
        this.receivedBytes += body.length - 8
        this.#events.onBlock(this, body.readUInt32BE(0), body.readUInt32BE(4), body.subarray(8))
        break
      case MessageId.choke:
        if (!this.isPeerChoking && !this.#isUnchokeNew) this.#events.onChoke(this)
        this.isPeerChoking = true
        this.#isUnchokeNew = false
        break
      case MessageId.unchoke:
        this.isPeerChoking = false
        this.#isUnchokeNew = true
        break
      case MessageId.interested:
      case MessageId.uninterested:
        this.isPeerInterested = id === MessageId.interested
        break
      case MessageId.have:
        if (this.#pieces.onHave(body.readUInt32BE(0))) this.#events.onHave(this, body.readUInt32BE(0))
        break
      case MessageId.bitfield:
        if (this.#pieces.onBitfield(body)) this.#events.onBitfield(this)
        break
      case MessageId.request:
        this.#events.onRequest(this, body.readUInt32BE(0), body.readUInt32BE(4), body.readUInt32BE(8))
        break
      case MessageId.cancel:
        this.#events.onCancel(this, body.readUInt32BE(0), body.readUInt32BE(4), body.readUInt32BE(8))
        break
      case MessageId.extended:
        this.#extended.read(body.readUInt8(0), body.subarray(1))
        break
      case MessageId.haveAll:
        this.#checkFast()
        if (this.#pieces.onHaveAll()) this.#events.onBitfield(this)
        break
      case MessageId.haveNone:
        this.#checkFast()
        this.#pieces.onHaveNone()
        break
      case MessageId.reject:
        this.#checkFast()
        this.#events.onReject(this, body.readUInt32BE(0), body.readUInt32BE(4), body.readUInt32BE(8))
        break
      case MessageId.suggest:
      case MessageId.allowedFast:
        // What to fetch and when is the reader's to say: a hint changes nothing.
        this.#checkFast()
        break
      default:
      // Messages of extensions that were not offered (BEP 52) and `port` (BEP 5) say nothing to us.
    }
  }

  /** BEP 6: who sends its messages unasked is hung up on. Throws `invalid`. */
  #checkFast(): void {
    if (!this.isFast) throw new AppError('invalid', 'a message of the fast extension, which was not agreed on')
  }
}
