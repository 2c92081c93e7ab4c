import type { Timer } from '../../domain/clock.ts'
import { AppError } from '../../domain/errors.ts'
import { MetadataExchange } from '../metadata/metadata-exchange.ts'
import { serveMetadata } from '../metadata/metadata-server.ts'
import type { BlockPeer } from '../schedule/block-peer.ts'
import type { PeerConnection } from '../transport/peer-connection.ts'
import { ExtensionId, encodeExtendedHandshake, type PeerExtensions } from '../wire/extension-protocol.ts'
import { PeerSession } from '../wire/peer-session.ts'
import type { SessionEvents } from '../wire/session-events.ts'
import type { Handshake } from '../wire/wire-guard.ts'
import { formatPeerAddress, parsePeerAddress, plainHost } from './peer-address.ts'
import { PeerExchange } from './peer-exchange.ts'
import { PeerSearch } from './peer-search.ts'
import { PeerSessions } from './peer-sessions.ts'
import { careFor, reportDropped } from './session-care.ts'
import { SwarmInterest } from './swarm-interest.ts'
import type { SwarmContent, SwarmEnvironment, SwarmOptions } from './swarm-options.ts'
import { SwarmPlaces } from './swarm-places.ts'

const CARE_EVERY_MS = 10_000

/** A torrent on the network, from `resume` to `pause`: its connections, dials, discovery and peer exchange. */
export class Swarm implements SessionEvents {
  readonly #options: SwarmOptions
  readonly #environment: SwarmEnvironment
  readonly #infoHash: Buffer
  readonly #sessions = new PeerSessions()
  readonly #exchange: MetadataExchange | undefined
  readonly #care: Timer
  readonly #search: PeerSearch
  readonly #peerExchange = new PeerExchange()
  readonly #places: SwarmPlaces
  readonly #interest: SwarmInterest
  #content: SwarmContent | undefined
  #isClosed = false

  constructor(options: SwarmOptions) {
    this.#options = options
    this.#environment = options.environment
    this.#infoHash = Buffer.from(options.infoHash, 'hex')
    this.#content = options.content
    const { clock } = this.#environment
    this.#care = clock.timer(() => this.#takeCare())
    this.#search = new PeerSearch({
      ...options,
      sessions: this.#sessions,
      progress: () => options.progress(),
      onDial: (connection, address) => this.#newSession(connection, address, true),
    })
    this.#places = new SwarmPlaces(this.#environment, this.#sessions)
    this.#interest = new SwarmInterest(clock)
    if (!options.content) {
      this.#exchange = new MetadataExchange(options.infoHash, clock, {
        onMetadata: (infoBytes) => options.onMetadata(infoBytes),
        onLie: (peer) => this.ban(peer.address),
      })
    }
  }

  get peers(): number {
    return this.#sessions.open
  }

  get seeders(): number {
    return this.#sessions.seeders
  }

  /** How far the metadata of a magnet is. */
  get metadataProgress(): ReturnType<MetadataExchange['progress']> {
    return this.#exchange?.progress() ?? { receivedBytes: 0, totalBytes: 0 }
  }

  /** Joins the swarm. */
  start(): void {
    this.#interest.begin()
    this.#search.start(this.#content?.torrent.info.isPrivate ?? false)
    this.#care.arm(CARE_EVERY_MS)
  }

  /** The metadata came, and the trackers that its torrent is announced to: peers that are connected take part from here on. */
  begin(content: SwarmContent, trackers: readonly string[]): void {
    this.#content = content
    this.#interest.begin()
    this.#exchange?.close()
    this.#search.update({ trackers, isPrivate: content.torrent.info.isPrivate })
    for (const session of [...this.#sessions]) {
      if (session.isClosed) continue
      try {
        session.setLayout(content.torrent.info.layout)
        if (session.isOpen) this.#admit(session)
      } catch (error) {
        session.close(error)
      }
    }
  }

  /** Takes a connection that came in for this torrent; false when there is no place for it. */
  accept(connection: PeerConnection, head: Buffer): boolean {
    const isBanned = this.#environment.bans.has(plainHost(connection.host))
    if (this.#isClosed || isBanned || !this.#places.take()) return false
    const address = formatPeerAddress(connection.host, connection.port)
    this.#newSession(connection, address, false).onData(head)
    return true
  }

  /** We have a piece more. */
  announce(piece: number): void {
    this.#sessions.announce(piece)
  }

  /** Somebody wants pieces: every peer that has any hears of our interest. */
  showInterest(): void {
    this.#sessions.showInterest()
  }

  /** Sent bad data: never again, under no port. */
  ban(address: string): void {
    const parsed = parsePeerAddress(address)
    if (!parsed) return
    if (this.#environment.bans.add(parsed.host)) {
      this.#environment.metrics.add('banned_peers_total')
      this.#environment.logger.warn('peer banned', { peer: address, infoHash: this.#options.infoHash })
    }
    this.#options.book.remove(address)
    this.#sessions.closeHost(parsed.host)
  }

  /** It holds requests and answers nothing. */
  drop(peer: BlockPeer): void {
    for (const session of this.#sessions) if (session === peer) session.close()
  }

  /** Leaves the network. Idempotent. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#exchange?.close()
    this.#care.dispose()
    this.#search.close()
    this.#places.dispose()
    this.#sessions.closeAll()
    this.#options.wires.destroy()
  }

  /** What is said to a peer waits for its handshake: aria2 hangs up on one that sends more than its own before that. */
  onOpen(session: PeerSession, handshake: Handshake): void {
    const { peerId, port } = this.#environment
    if (!this.#infoHash.equals(handshake.infoHash)) throw new AppError('invalid', 'another torrent')
    session.peerId = Buffer.from(handshake.peerId).toString('latin1')
    if (session.peerId === peerId) {
      this.#options.book.remove(session.address)
      session.close()
      return
    }
    if (this.#sessions.isTwin(session)) {
      session.close() // both sides dialled: the first connection stays
      return
    }
    if (handshake.supportsExtensions) {
      const torrent = this.#content?.torrent
      const payload = encodeExtendedHandshake({
        port,
        isPrivate: torrent?.info.isPrivate ?? false,
        metadataBytes: torrent?.infoBytes.length,
      })
      session.wire?.extended(ExtensionId.handshake, payload)
    }
    if (this.#content) this.#admit(session)
    else session.sayPieces(undefined, undefined)
  }

  onExtensions(session: PeerSession, extensions: PeerExtensions): void {
    this.#content?.scheduler.onRequestQueue(session)
    if (!this.#content && extensions.metadataId !== undefined && extensions.metadataBytes !== undefined) {
      this.#exchange?.offer(session, extensions.metadataBytes)
    }
    if (!session.isOutgoing && extensions.listenPort !== undefined) {
      // Where it can be dialled when it is wanted again; it is not dialled while it is here.
      this.#options.book.add(formatPeerAddress(session.host, extensions.listenPort))
    }
  }

  onMetadataMessage(session: PeerSession, message: Parameters<SessionEvents['onMetadataMessage']>[1]): void {
    if (message.kind !== 'request') {
      this.#exchange?.onMessage(session, message)
      return
    }
    serveMetadata(session, session.wire?.bufferedBytes ?? 0, message.piece, this.#content?.torrent.infoBytes)
  }

  onPex(session: PeerSession, addresses: readonly string[]): void {
    if (this.#content?.torrent.info.isPrivate) return
    this.#search.add(this.#peerExchange.hear(session, addresses, this.#environment.clock.monotonicMs()), true)
  }

  onBitfield(session: PeerSession): void {
    if (!this.#content) return
    this.#content.scheduler.onBitfield(session)
    this.#interest.showTo(session, this.#content)
  }

  onHave(session: PeerSession, piece: number): void {
    if (!this.#content) return
    this.#content.scheduler.onHave(session, piece)
    this.#interest.showTo(session, this.#content)
  }

  onChoke(session: PeerSession): void {
    this.#content?.scheduler.onChoke(session)
  }

  onUnchoke(session: PeerSession): void {
    this.#content?.scheduler.onUnchoke(session, this.#sessions.size)
  }

  onInterest(session: PeerSession): void {
    this.#content?.uploader.onInterest(session)
  }

  onRequest(session: PeerSession, piece: number, offsetBytes: number, lengthBytes: number): void {
    this.#content?.uploader.onRequest(session, piece, offsetBytes, lengthBytes)
  }

  onCancel(session: PeerSession, piece: number, offsetBytes: number, lengthBytes: number): void {
    this.#content?.uploader.onCancel(session, piece, offsetBytes, lengthBytes)
  }

  onReject(session: PeerSession, piece: number, offsetBytes: number, lengthBytes: number): void {
    const scheduler = this.#content?.scheduler
    if (scheduler?.onReject(session, piece, offsetBytes, lengthBytes) && session.refuse(piece))
      scheduler.onRefusal(piece)
  }

  onBlock(session: PeerSession, piece: number, offsetBytes: number, data: Buffer): void {
    this.#options.onReceived(data.length)
    this.#content?.scheduler.onBlock(session, piece, offsetBytes, data)
  }

  onChunkEnd(session: PeerSession): void {
    this.#content?.scheduler.onChunkEnd(session)
  }

  onDrain(session: PeerSession): void {
    this.#content?.uploader.onDrain(session)
  }

  onClosed(session: PeerSession, error: unknown): void {
    this.#sessions.delete(session)
    this.#peerExchange.remove(session)
    this.#exchange?.remove(session)
    this.#content?.scheduler.removePeer(session)
    this.#content?.uploader.remove(session)
    if (session.isOutgoing) this.#options.book.closed(session.address, session.isOpen, session.receivedBytes)
    this.#places.release()
    if (error !== undefined) reportDropped(this.#environment, session.address, this.#options.infoHash, error)
    if (!this.#isClosed) this.#search.dialSoon()
  }

  #admit(session: PeerSession): void {
    const content = this.#content
    if (!content) return
    session.sayPieces(content.store, content.torrent.info.layout)
    content.scheduler.addPeer(session)
    if (session.hasAnyPiece) {
      content.scheduler.onBitfield(session)
      this.#interest.showTo(session, content)
    }
    if (!session.isPeerChoking) content.scheduler.onUnchoke(session, this.#sessions.size)
    if (session.isPeerInterested) content.uploader.onInterest(session)
    content.scheduler.onRequestQueue(session)
  }

  /** The place for it in the budget was taken. */
  #newSession(connection: PeerConnection, address: string, isOutgoing: boolean): PeerSession {
    const session = new PeerSession({
      connection,
      newWire: () => this.#options.wires.attach(connection, address),
      address,
      isOutgoing,
      clock: this.#environment.clock,
      events: this,
      layout: this.#content?.torrent.info.layout,
    })
    this.#sessions.add(session)
    return session
  }

  /** Every ten seconds while online: silence, keep-alives, upload slots, peer exchange. */
  #takeCare(): void {
    const nowMs = this.#environment.clock.monotonicMs()
    careFor(this.#sessions, nowMs)
    if (this.#content?.scheduler.wantsAnything) this.#search.makeWay()
    if (this.#content?.scheduler.wantsAnything ?? true) this.#search.seek()
    this.#search.keep()
    if (this.#content?.uploader.isContended) this.#content.uploader.rechoke()
    if (this.#content && !this.#content.torrent.info.isPrivate) this.#peerExchange.tell(this.#sessions, nowMs)
    this.#care.arm(CARE_EVERY_MS)
  }
}
