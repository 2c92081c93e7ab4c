import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { AppError } from '../domain/errors.ts'

/** One torrent to add, and how to call it before its name is known. */
export interface TorrentSourceArgument {
  /** The magnet, or the path of the file. */
  readonly argument: string
  readonly label: string
  readonly input: { readonly magnetUri: string } | { readonly metadata: Uint8Array }
}

const MAX_FILE_BYTES = 16 * 1024 * 1024
/** Hexadecimal or base32 (BEP 9). */
const BARE_HASH = /^(?:[0-9a-fA-F]{40}|[A-Za-z2-7]{32})$/
const MAGNET = /magnet:\?[^\s"'<>]+/gi

/**
 * What an argument of `add` names: a magnet, an info-hash, a `.torrent` file, or a file with magnets in it (`.magnet`,
 * `.txt`, `.url`, `.webloc`). Fails with `not_found` or `invalid`.
 */
export async function torrentSources(argument: string): Promise<TorrentSourceArgument[]> {
  if (/^magnet:\?/i.test(argument)) return [fromMagnet(argument)]
  if (BARE_HASH.test(argument))
    return [{ argument, label: argument, input: { magnetUri: `magnet:?xt=urn:btih:${argument}` } }]
  const bytes = await readSmallFile(argument)
  // A bencoded dictionary, which is what every .torrent is (BEP 3).
  if (/^d\d+:/.test(bytes.toString('latin1', 0, 12)))
    return [{ argument, label: basename(argument), input: { metadata: bytes } }]
  const magnets = bytes.toString('utf8').replaceAll('&amp;', '&').match(MAGNET) ?? []
  if (magnets.length === 0) throw new AppError('invalid', 'neither a torrent nor a file with a magnet in it')
  return [...new Set(magnets)].map(fromMagnet)
}

function fromMagnet(magnetUri: string): TorrentSourceArgument {
  const name = new URLSearchParams(magnetUri.slice(magnetUri.indexOf('?') + 1)).get('dn')
  return { argument: magnetUri, label: name || magnetUri.slice(0, 60), input: { magnetUri } }
}

async function readSmallFile(path: string): Promise<Buffer> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') throw new AppError('not_found', 'no such file, and not a magnet', error)
    throw new AppError('invalid', `cannot be read (${String(code)})`, error)
  }
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new AppError('invalid', 'not a file')
    if (stats.size > MAX_FILE_BYTES) throw new AppError('invalid', 'larger than 16 MiB')
    return await file.readFile()
  } finally {
    await file.close()
  }
}
