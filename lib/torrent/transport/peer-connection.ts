/** What happens on a connection, after `listen`. */
export interface ConnectionEvents {
  /** A dialled connection stands: what is written goes out from here on. Never called for one that came in. */
  onConnected(): void
  /** `chunk` is the receiver's for the call only; it may change its bytes. */
  onData(chunk: Buffer): void
  /** What was written is taken by the system: there is room for more. */
  onDrain(): void
  /** Once, when the other side or the network ended it; not after `destroy`. */
  onClosed(): void
}

/** A way to one peer that carries bytes in order: TCP, uTP, encrypted or plain, all the same to who uses it. */
export interface PeerConnection {
  /** Of the other end. */
  readonly host: string
  readonly port: number
  /** Written and not yet taken by the system. */
  readonly bufferedBytes: number
  /** Who hears of it from here on, in place of whoever did before. */
  listen(events: ConnectionEvents): void
  /** `bytes` must not change afterwards. After the end it does nothing. */
  write(bytes: Uint8Array): void
  /** Idempotent. No event comes any more. */
  destroy(): void
}

/**
 * What may wait to be taken by the system. Beyond it the other side asks and does not read, which ends the connection: each
 * write costs memory, and time at the end.
 */
export const MAX_WAITING = { writes: 2048, bytes: 4 * 1024 * 1024 } as const

/** Hears nothing. */
export const NO_EVENTS: ConnectionEvents = {
  onConnected() {},
  onData() {},
  onDrain() {},
  onClosed() {},
}
