import { AppError } from '../domain/errors.ts'
import type { TorrentInput } from '../domain/intake.ts'
import { type FileStamp, readUnchanged } from './drop-files.ts'
import type { DropKind } from './drop-name.ts'
import { decodeText, labelOf, linksOf } from './links.ts'

const MIB = 1024 * 1024
const MAX_TORRENT_BYTES = 16 * MIB
const MAX_TEXT_BYTES = 64 * 1024

/** One torrent that a dropped file asks for. */
export interface DroppedTorrent {
  /** What to call it before its name is known. */
  readonly label: string
  readonly input: TorrentInput
  readonly magnet?: string
}

export interface Drop {
  readonly torrents: readonly DroppedTorrent[]
  /** What the file says beside its links. */
  readonly text?: string
}

/**
 * Reads a dropped file. `changed` when it is no longer as it was at `stamp`, `none` for text without a link, which stays
 * as it is. Fails with `invalid` for what is too large, broken or holds no link.
 */
export async function readDrop(
  path: string,
  name: string,
  kind: DropKind,
  stamp: FileStamp,
): Promise<Drop | 'changed' | 'none'> {
  const isTooLarge = stamp.sizeBytes > (kind === 'torrent' ? MAX_TORRENT_BYTES : MAX_TEXT_BYTES)
  if (isTooLarge && kind === 'text') return 'none'
  if (isTooLarge) throw new AppError('invalid', `larger than ${kind === 'torrent' ? '16 MiB' : '64 KiB'}`)
  const bytes = await readUnchanged(path, stamp)
  if (!bytes) return 'changed'
  if (kind === 'torrent') return { torrents: [torrentOf(bytes, name)] }
  const { magnets, isAll } = linksOf(bytes)
  if (magnets.length === 0) {
    if (kind === 'text') return 'none'
    throw new AppError('invalid', 'it holds no magnet link, one that begins with "magnet:?"')
  }
  return {
    torrents: magnets.map((magnet) => ({ label: labelOf(magnet), input: { magnetUri: magnet }, magnet })),
    ...(kind !== 'shortcut' && !isAll && { text: decodeText(bytes) }),
  }
}

function torrentOf(metadata: Buffer, label: string): DroppedTorrent {
  const head = metadata.toString('latin1', 0, 100)
  // Sites answer so, under the torrent's name, to whom they do not know.
  if (/^\s*</.test(head)) throw new AppError('invalid', 'a web page, not a torrent: its site may want a login')
  // Every torrent is a bencoded dictionary (BEP 3).
  if (!/^d\d+:/.test(head)) throw new AppError('invalid', 'not a torrent')
  return { label, input: { metadata } }
}
