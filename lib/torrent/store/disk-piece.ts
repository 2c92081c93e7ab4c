import { join } from 'node:path'
import type { DescriptorOwner } from './disk-descriptors.ts'
import type { Evictable, EvictionGroup } from './disk-eviction.ts'
import type { DiskTorrent } from './disk-torrent.ts'

/** `none`: in memory only; `new`: written, maybe not durable; `settled`: durable. The file's name says which. */
export type PieceFile = 'none' | 'new' | 'settled'

/** One stored piece: its bytes are in its file, or in `bytes` until they are. */
export class DiskPiece implements Evictable, DescriptorOwner {
  readonly torrent: DiskTorrent
  readonly piece: number
  readonly lengthBytes: number
  file: PieceFile
  /** False for a file found `new` at a start: nothing is read from it before it was hashed. */
  isVerified: boolean
  lastUse: number
  users = 0
  isStored = true
  isPinned = false
  /** The disk did not take it: it waits in memory for the disk's next success. */
  isRefused = false
  bytes: Uint8Array | undefined
  /** While the file gets its settled name. */
  moving: Promise<void> | undefined

  constructor(
    torrent: DiskTorrent,
    piece: number,
    lengthBytes: number,
    file: PieceFile,
    lastUse: number,
    bytes?: Uint8Array,
  ) {
    this.torrent = torrent
    this.piece = piece
    this.lengthBytes = lengthBytes
    this.file = file
    this.isVerified = file !== 'new'
    this.lastUse = lastUse
    this.bytes = bytes
  }

  get group(): EvictionGroup {
    return this.torrent.group
  }

  get settledPath(): string {
    return join(this.torrent.directory, String(this.piece))
  }

  get newPath(): string {
    return `${this.settledPath}.new`
  }

  get path(): string {
    return this.file === 'settled' ? this.settledPath : this.newPath
  }
}
