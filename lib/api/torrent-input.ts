import { AppError } from '../domain/errors.ts'
import type { TorrentInput } from '../domain/intake.ts'
import { TORRENT_FILE_MAX_BYTES } from './schemas/torrents.ts'

/** Of a checked body. Throws `invalid` for a `.torrent` over its limit. */
export function torrentInput(body: { magnet_uri?: string | undefined; torrent?: string | undefined }): TorrentInput {
  if (body.magnet_uri !== undefined) return { magnetUri: body.magnet_uri }
  const metadata = Buffer.from(body.torrent ?? '', 'base64')
  if (metadata.byteLength > TORRENT_FILE_MAX_BYTES) throw new AppError('invalid', 'torrent: larger than 16 MiB')
  if (metadata.byteLength === 0) throw new AppError('invalid', 'torrent: must be base64')
  return { metadata }
}
