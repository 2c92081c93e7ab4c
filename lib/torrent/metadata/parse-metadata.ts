import { createHash } from 'node:crypto'
import { AppError } from '../../domain/errors.ts'
import { type InfoHash, infoHash } from '../../domain/ids.ts'
import { PieceLayout, type TorrentFile } from '../../domain/piece-layout.ts'
import { runAtOnce, type Work } from '../../domain/slices.ts'
import type { TorrentInfo } from '../../domain/torrent.ts'
import type { PieceHashes } from '../store/piece-store.ts'
import { isWebSeedUrl } from '../webseed/web-seed-url.ts'
import {
  type Bencoded,
  count,
  countAt,
  decodeBencoded,
  encodeBencoded,
  fieldsAt,
  itemsAt,
  rawField,
  text,
  textAt,
} from './bencode.ts'

const HASH_BYTES = 20
/** What of an info dictionary is decoded, besides its files. */
const INFO_KEYS = new Set(['length', 'name', 'name.utf-8', 'piece length', 'pieces', 'private'])
/** A piece is held in memory until it is verified. */
const MAX_PIECE_BYTES = 64 * 1024 * 1024
const MAX_FILES = 100_000
const MAX_DEPTH = 64
const MAX_WEB_SEEDS = 16

/** What the engine needs beyond what the rest of the program sees. */
export interface ParsedTorrent {
  readonly info: TorrentInfo
  readonly hashes: PieceHashes
  /** The info dictionary byte for byte: what the info-hash is of, and what BEP 9 hands to other peers. */
  readonly infoBytes: Uint8Array
  /** HTTP servers that have the files (BEP 19), without doubles. */
  readonly webSeeds: readonly string[]
}

/** Reads a `.torrent` file (BEP 3; hybrid ones of BEP 52 by their v1 half). Throws `invalid`. */
export function parseTorrentMetadata(bytes: Uint8Array): TorrentInfo {
  return parseTorrent(bytes).info
}

/** `parseTorrentMetadata`, which takes some microseconds for each file. */
export function* parsingTorrentMetadata(bytes: Uint8Array): Work<TorrentInfo> {
  return (yield* parsingTorrent(bytes)).info
}

/** As `parseTorrentMetadata`, with the piece hashes. */
export const parseTorrent = (bytes: Uint8Array): ParsedTorrent => runAtOnce(parsingTorrent(bytes))

/** `parseTorrent`, which takes some microseconds for each file. */
export function* parsingTorrent(torrentFile: Uint8Array): Work<ParsedTorrent> {
  const metadata = Uint8Array.from(torrentFile)
  const bytes = Buffer.from(metadata.buffer)
  const infoBytes = infoBytesOf(bytes)
  const info = new Map<string, Bencoded>()
  let filesStart: number | undefined
  for (const { key, start } of fieldsAt(infoBytes, 0)) {
    if (key === 'files') filesStart = start
    else if (INFO_KEYS.has(key)) info.set(key, decodeBencoded(infoBytes, start).value)
    else if (key === 'file tree') info.set(key, 0)
  }

  const hashes = info.get('pieces')
  if (!(hashes instanceof Uint8Array)) {
    throw new AppError(
      'invalid',
      info.has('file tree') ? 'a v2-only torrent (no v1 pieces)' : 'not a torrent: no pieces',
    )
  }
  const pieceBytes = count(info.get('piece length')) ?? 0
  if (pieceBytes < 1 || pieceBytes > MAX_PIECE_BYTES) throw new AppError('invalid', `piece length ${pieceBytes}`)
  const name = safePart(text(info.get('name.utf-8')) ?? text(info.get('name')) ?? '')
  const files = filesStart === undefined ? [onlyFile(info, name)] : yield* filesAt(infoBytes, filesStart, name)
  const last = files.at(-1)
  const layout = new PieceLayout(pieceBytes, last ? last.offsetBytes + last.sizeBytes : 0)
  if (hashes.length !== layout.pieceCount * HASH_BYTES) {
    throw new AppError('invalid', `${hashes.length} bytes of hashes for ${layout.pieceCount} pieces`)
  }
  return {
    info: {
      infoHash: infoHash(createHash('sha1').update(infoBytes).digest('hex')),
      name,
      metadata,
      layout,
      files,
      isPrivate: info.get('private') === 1,
      trackers: trackersOf(bytes),
    },
    hashes: Uint8Array.from(hashes),
    infoBytes,
    webSeeds: webSeedUrls(textsOf(fieldOf(bytes, 'url-list'))),
  }
}

/** As `parseTorrent` finds them, without reading the files: a tenth of its time for a torrent of many. Throws `invalid`. */
export function pieceHashesOf(torrentFile: Uint8Array): PieceHashes {
  const infoBytes = infoBytesOf(Buffer.from(torrentFile.buffer, torrentFile.byteOffset, torrentFile.byteLength))
  let hashes: Bencoded | undefined
  for (const { key, start } of fieldsAt(infoBytes, 0)) {
    if (key === 'pieces') hashes = decodeBencoded(infoBytes, start).value
  }
  if (!(hashes instanceof Uint8Array)) throw new AppError('invalid', 'not a torrent: no pieces')
  return Uint8Array.from(hashes)
}

function infoBytesOf(bytes: Buffer): Buffer {
  const range = rawField(bytes, 'info')
  if (!range || bytes.toString('latin1', range.start, range.start + 1) !== 'd')
    throw new AppError('invalid', 'not a torrent: no info dictionary')
  return bytes.subarray(range.start, range.end)
}

/** A `.torrent` file around an info dictionary that a peer gave (BEP 9), keeping its bytes and so its hash. */
export function torrentFileOf(infoBytes: Uint8Array, trackers: readonly string[]): Uint8Array {
  const head = Buffer.from('d13:announce-list')
  const list = encodeBencoded(trackers.map((tracker) => [tracker]))
  return Buffer.concat([head, list, Buffer.from('4:info'), infoBytes, Buffer.from('e')])
}

function onlyFile(info: ReadonlyMap<string, Bencoded>, name: string): TorrentFile {
  const sizeBytes = count(info.get('length'))
  if (sizeBytes === undefined) throw new AppError('invalid', 'not a torrent: no file length')
  return { index: 0, path: name, sizeBytes, offsetBytes: 0, isPad: false }
}

/** Read in place: decoded, a list of ten thousand files would be fifty thousand objects to begin with. */
function* filesAt(infoBytes: Buffer, start: number, name: string): Work<TorrentFile[]> {
  const files: TorrentFile[] = []
  let offsetBytes = 0
  for (const entry of itemsAt(infoBytes, start)) {
    if (files.length === MAX_FILES) throw new AppError('invalid', `a torrent of more than ${MAX_FILES} files`)
    const file = fileAt(infoBytes, entry.start, name, files.length, offsetBytes)
    files.push(file)
    offsetBytes += file.sizeBytes
    yield
  }
  if (files.length === 0) throw new AppError('invalid', 'not a torrent: bad file list')
  return files
}

function fileAt(infoBytes: Buffer, start: number, name: string, index: number, offsetBytes: number): TorrentFile {
  let sizeBytes: number | undefined
  let parts: readonly string[] | undefined
  let partsUtf8: readonly string[] | undefined
  let attributes = ''
  for (const { key, start: at } of fieldsAt(infoBytes, start)) {
    if (key === 'length') sizeBytes = countAt(infoBytes, at)
    else if (key === 'path') parts = pathAt(infoBytes, at)
    else if (key === 'path.utf-8') partsUtf8 = pathAt(infoBytes, at)
    else if (key === 'attr') attributes = text(decodeBencoded(infoBytes, at).value) ?? ''
  }
  const path = partsUtf8 ?? parts
  if (sizeBytes === undefined || !path) throw new AppError('invalid', 'not a torrent: bad file entry')
  const isPad = attributes.includes('p') || (path.at(-1) ?? '').startsWith('_____padding_')
  return { index, path: [name, ...path].join('/'), sizeBytes, offsetBytes, isPad }
}

function pathAt(infoBytes: Buffer, start: number): readonly string[] | undefined {
  const parts: string[] = []
  for (const part of itemsAt(infoBytes, start)) parts.push(safePart(textAt(infoBytes, part.start)))
  return parts.length === 0 || parts.length > MAX_DEPTH ? undefined : parts
}

/** One path component that cannot leave its directory: no separators, no control characters, never `.` or `..`. */
function safePart(part: string): string {
  const plain = part.replace(/[/\\\p{Cc}]/gu, '_')
  return plain === '' || plain === '.' || plain === '..' ? '_' : plain
}

function trackersOf(bytes: Buffer): string[] {
  const found: (string | undefined)[] = []
  const tiers = fieldOf(bytes, 'announce-list')
  if (Array.isArray(tiers)) {
    for (const tier of tiers) if (Array.isArray(tier)) for (const url of tier) found.push(text(url))
  }
  found.push(text(fieldOf(bytes, 'announce')))
  return trackerUrls(found)
}

function textsOf(value: Bencoded | undefined): (string | undefined)[] {
  return Array.isArray(value) ? value.slice(0, MAX_WEB_SEEDS).map((entry: Bencoded) => text(entry)) : [text(value)]
}

/** Those that may be asked, without doubles, in order. */
export function webSeedUrls(candidates: readonly (string | undefined)[]): string[] {
  const urls = candidates.flatMap((url) => (url !== undefined && isWebSeedUrl(url) ? [url] : []))
  return [...new Set(urls)].slice(0, MAX_WEB_SEEDS)
}

function fieldOf(bytes: Buffer, key: string): Bencoded | undefined {
  const range = rawField(bytes, key)
  return range && decodeBencoded(bytes, range.start).value
}

/** Those that are tracker URLs, without doubles, in order. */
export function trackerUrls(candidates: readonly (string | undefined)[]): string[] {
  const urls = candidates.flatMap((url) => (url && /^(?:https?|udp):\/\/\S+$/i.test(url) ? [url] : []))
  return [...new Set(urls)].slice(0, 64)
}

export interface Magnet {
  readonly infoHash: InfoHash
  readonly name?: string
  readonly trackers: readonly string[]
  /** `host:port` of each `x.pe` (BEP 9). */
  readonly peers: readonly string[]
  /** Of each `ws` (BEP 19). */
  readonly webSeeds: readonly string[]
}

/** Reads a magnet URI with a v1 info-hash, hexadecimal or base32 (BEP 9). Throws `invalid`. */
export function parseMagnet(uri: string): Magnet {
  const query = /^magnet:\?(.*)$/is.exec(uri.trim())?.[1]
  if (query === undefined) throw new AppError('invalid', 'not a magnet URI')
  const parameters = new URLSearchParams(query.replaceAll('&amp;', '&'))
  const all = (key: string) =>
    [...parameters].flatMap(([name, value]) => (name.replace(/\.\d+$/, '').toLowerCase() === key ? [value] : []))
  const hash = all('xt')
    .map((topic) => /^urn:btih:(?:([0-9a-f]{40})|([a-z2-7]{32}))$/i.exec(topic.trim()))
    .find((match) => match !== null)
  if (!hash) {
    const isV2 = all('xt').some((topic) => /^urn:btmh:/i.test(topic))
    throw new AppError('invalid', isV2 ? 'a v2-only magnet (no v1 info-hash)' : 'a magnet without an info-hash')
  }
  const name = all('dn')[0]
  return {
    infoHash: infoHash(hash[1] ?? base32ToHex(hash[2] ?? '')),
    ...(name ? { name } : {}),
    trackers: trackerUrls(all('tr')),
    webSeeds: webSeedUrls(all('ws')),
    peers: all('x.pe').filter((peer) => /^\S+:\d{1,5}$/.test(peer)),
  }
}

function base32ToHex(digits: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const bits = Array.from(digits.toLowerCase(), (digit) => alphabet.indexOf(digit).toString(2).padStart(5, '0')).join(
    '',
  )
  return (bits.match(/.{4}/g) ?? []).map((nibble) => Number.parseInt(nibble, 2).toString(16)).join('')
}
