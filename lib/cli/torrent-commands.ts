import { AppError } from '../domain/errors.ts'
import type { CliClient } from './cli-services.ts'
import type { Output } from './output.ts'
import { printable } from './text-width.ts'
import { formatBytes, formatPercent } from './units.ts'

/** Enough of an info-hash to name a torrent; any unique beginning of at least this many digits does. */
const SHOWN_DIGITS = 12
const MIN_DIGITS = 4

export async function torrentsCommand(client: CliClient, output: Output, signal?: AbortSignal): Promise<number> {
  const { torrents } = await client.torrents(signal)
  if (output.isJson) output.json({ torrents })
  else if (torrents.length === 0) output.line('No torrents.')
  else {
    output.table(
      [
        { title: 'HASH', value: (torrent) => torrent.info_hash.slice(0, SHOWN_DIGITS) },
        { title: 'NAME', value: (torrent) => torrent.name, canShrink: true },
        { title: 'STATE', value: (torrent) => torrent.state },
        { title: 'SIZE', value: (torrent) => formatBytes(torrent.size), align: 'right' },
        { title: 'CACHED', value: (torrent) => formatPercent(torrent.progress), align: 'right' },
        { title: 'PEERS', value: (torrent) => String(torrent.peers), align: 'right' },
        { title: 'DOWN', value: (torrent) => `${formatBytes(torrent.download_speed)}/s`, align: 'right' },
        { title: 'UP', value: (torrent) => `${formatBytes(torrent.upload_speed)}/s`, align: 'right' },
      ],
      torrents,
    )
  }
  return 0
}

export async function pauseCommand(
  action: 'pause' | 'resume',
  hash: string,
  client: CliClient,
  output: Output,
  signal?: AbortSignal,
): Promise<number> {
  const torrent = await client[action](await fullHash(hash, client, signal), signal)
  if (output.isJson) output.json(torrent)
  else output.line(`${printable(torrent.name)}: ${torrent.state}`)
  return 0
}

export async function removeCommand(
  hash: string,
  deleteData: boolean,
  client: CliClient,
  output: Output,
  signal?: AbortSignal,
): Promise<number> {
  const infoHash = await fullHash(hash, client, signal)
  await client.remove(infoHash, deleteData, signal)
  if (output.isJson) output.json({ info_hash: infoHash, removed: true })
  else output.line(`${infoHash}: removed`)
  return 0
}

/** Fails with `invalid` for what cannot be an info-hash, or begins several; `not_found` when it begins none. */
async function fullHash(text: string, client: CliClient, signal: AbortSignal | undefined): Promise<string> {
  const digits = text.toLowerCase()
  if (/^[0-9a-f]{40}$/.test(digits)) return digits
  if (!/^[0-9a-f]+$/.test(digits) || digits.length < MIN_DIGITS) {
    throw new AppError('invalid', `not an info-hash, nor at least ${MIN_DIGITS} digits of its beginning: ${text}`)
  }
  const { torrents } = await client.torrents(signal)
  const [found, another] = torrents.filter((torrent) => torrent.info_hash.startsWith(digits))
  if (!found) throw new AppError('not_found', `no torrent begins with ${digits}`)
  if (another) throw new AppError('invalid', `several torrents begin with ${digits}`)
  return found.info_hash
}
