import { createHash } from 'node:crypto'
import { expect } from 'chai'
// @ts-expect-error the package carries no types
import createTorrent from 'create-torrent'
import fc from 'fast-check'
import { AppError } from '../../lib/domain/errors.ts'
import { encodeBencoded } from '../../lib/torrent/metadata/bencode.ts'
import {
  parseMagnet,
  parseTorrent,
  parseTorrentMetadata,
  pieceHashesOf,
  torrentFileOf,
} from '../../lib/torrent/metadata/parse-metadata.ts'

const HASH = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a'
const hashes = (pieces: number) => Buffer.alloc(20 * pieces, 3)

const torrent = (info: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  Buffer.from(encodeBencoded({ ...rest, info: { name: 'film.mkv', 'piece length': 16384, ...info } }))

const single = (info: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) =>
  torrent({ length: 20_000, pieces: hashes(2), ...info }, rest)

describe('parseTorrentMetadata', () => {
  it('reads what another program made', async () => {
    const files = ['a.mkv', 'b.srt'].map((name, index) =>
      Object.assign(Buffer.alloc(50_000 + index, index + 1), { name }),
    )
    const made = await new Promise<Uint8Array>((resolve, reject) => {
      const options = {
        name: 'Show',
        pieceLength: 32768,
        private: true,
        announceList: [['http://t.example/a'], ['udp://t.example:1']],
      }
      createTorrent(files, options, (error: Error | null, bytes: Uint8Array) =>
        error ? reject(error) : resolve(bytes),
      )
    })
    const info = parseTorrentMetadata(made)
    expect(info).to.include({ name: 'Show', isPrivate: true })
    expect(info.trackers).to.deep.equal(['http://t.example/a', 'udp://t.example:1'])
    expect(info.files).to.deep.equal([
      { index: 0, path: 'Show/a.mkv', sizeBytes: 50_000, offsetBytes: 0, isPad: false },
      { index: 1, path: 'Show/b.srt', sizeBytes: 50_001, offsetBytes: 50_000, isPad: false },
    ])
    expect(info.layout).to.deep.include({ pieceBytes: 32768, totalBytes: 100_001, pieceCount: 4 })
  })

  it('hashes the info as it stands, keys out of order and all', () => {
    const raw = Buffer.concat([
      Buffer.from('d4:name8:film.mkv6:lengthi10e12:piece lengthi16384e6:pieces20:'),
      hashes(1),
      Buffer.from('e'),
    ])
    const parsed = parseTorrent(Buffer.concat([Buffer.from('d4:info'), raw, Buffer.from('e')]))
    expect(parsed.info.infoHash).to.equal(createHash('sha1').update(raw).digest('hex'))
    expect(Buffer.from(parsed.infoBytes).equals(raw)).to.equal(true)
  })

  it('keeps the hash of what a peer gave, with the trackers of the magnet', () => {
    const { infoBytes, info } = parseTorrent(single())
    const again = parseTorrentMetadata(torrentFileOf(infoBytes, ['http://t.example/a']))
    expect(again.infoHash).to.equal(info.infoHash)
    expect(again.trackers).to.deep.equal(['http://t.example/a'])
  })

  it('prefers the UTF-8 names, and flags padding', () => {
    const info = parseTorrentMetadata(
      torrent({
        'name.utf-8': 'Fïlm',
        pieces: hashes(2),
        files: [
          { length: 100, path: ['x'], 'path.utf-8': ['Größe', 'ü.mkv'] },
          { length: 16284, path: ['.pad', '16284'], attr: 'p' },
          { length: 10, path: ['_____padding_file_0_x'] },
          { length: 0, path: ['empty'] },
        ],
      }),
    )
    expect(info.files.map(({ path, isPad, offsetBytes }) => [path, isPad, offsetBytes])).to.deep.equal([
      ['Fïlm/Größe/ü.mkv', false, 0],
      ['Fïlm/.pad/16284', true, 100],
      ['Fïlm/_____padding_file_0_x', true, 16384],
      ['Fïlm/empty', false, 16394],
    ])
  })

  it('reads the hashes alone as it reads them with all else', () => {
    const files = Array.from({ length: 100 }, (_, index) => ({ length: 200, path: ['a', `${index}.srt`] }))
    const pieces = Buffer.from(Array.from({ length: 40 }, (_, index) => index))
    const twice = Buffer.concat([
      Buffer.from('d4:infod6:lengthi10e4:name1:x12:piece lengthi16384e6:pieces20:'),
      hashes(1),
      Buffer.from('6:pieces20:'),
      pieces.subarray(0, 20),
      Buffer.from('ee'),
    ])
    for (const made of [torrent({ files, pieces }), single({ pieces }, { announce: 'http://t.example/a' }), twice]) {
      expect(pieceHashesOf(made)).to.deep.equal(parseTorrent(made).hashes)
      expect(pieceHashesOf(Buffer.concat([Buffer.from('x'), made]).subarray(1))).to.deep.equal(
        parseTorrent(made).hashes,
      )
    }
    for (const bad of [Buffer.from('de'), Buffer.from('d4:infoi1ee'), torrent({ length: 1 }), torrent({ pieces: 5 })]) {
      expect(() => pieceHashesOf(bad))
        .to.throw(AppError)
        .with.property('code', 'invalid')
    }
  })

  it('reads names as any decoder of UTF-8 does, whatever their bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 12 }),
      fc.string({ minLength: 1, unit: 'binary' }).map((text) => new TextEncoder().encode(`\ufeff${text}`)),
    )
    fc.assert(
      fc.property(bytes, (name) => {
        const [one] = parseTorrentMetadata(torrent({ name, length: 1, pieces: hashes(1) })).files
        const [of] = parseTorrentMetadata(
          torrent({ name, pieces: hashes(1), files: [{ length: 1, path: [Buffer.from(name)] }] }),
        ).files
        expect(of?.path).to.equal(`${one?.path}/${one?.path}`)
      }),
    )
  })

  it('takes what of a list of files is none for invalid', () => {
    const bad = [
      { length: 1, path: [] },
      { length: 1, path: 'x' },
      { length: 1, path: [['x']] },
      { length: Buffer.from('1'), path: ['x'] },
      { path: ['x'] },
      [],
      5,
    ]
    for (const entry of bad) {
      expect(() => parseTorrentMetadata(torrent({ pieces: hashes(1), files: [entry] })))
        .to.throw(AppError)
        .with.property('code', 'invalid')
    }
  })

  it('never lets a path leave its directory', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', '/', '\\', '../..', 'a/../..', '\u0000'), fc.string())
    fc.assert(
      fc.property(part, fc.array(part, { minLength: 1, maxLength: 5 }), (name, path) => {
        const [file] = parseTorrentMetadata(torrent({ name, pieces: hashes(1), files: [{ length: 1, path }] })).files
        const parts = file!.path.split('/')
        expect(parts).to.have.length(path.length + 1)
        expect(parts.some((one) => one === '' || one === '.' || one === '..' || one.includes('\\'))).to.equal(false)
      }),
    )
  })

  for (const [name, bytes] of Object.entries({
    'nothing at all': Buffer.alloc(0),
    'a web page': Buffer.from('<!doctype html>'),
    'a truncated file': single().subarray(0, -3),
    'no info': Buffer.from('d8:announce1:xe'),
    'an info that is a number': Buffer.from('d4:infoi1ee'),
    'no pieces': torrent({ length: 1 }),
    'a v2-only torrent': torrent({ 'file tree': {}, 'meta version': 2 }),
    'too few hashes': torrent({ length: 20_000, pieces: hashes(1) }),
    'half a hash': torrent({ length: 20_000, pieces: Buffer.alloc(30) }),
    'a piece length of zero': single({ 'piece length': 0 }),
    'a piece length of a gigabyte': single({ 'piece length': 2 ** 30, pieces: hashes(1) }),
    'a negative length': torrent({ length: -1, pieces: hashes(1) }),
    'no file length': torrent({ pieces: hashes(1) }),
    'an empty file list': torrent({ files: [], pieces: hashes(1) }),
    'a file without a path': torrent({ files: [{ length: 1 }], pieces: hashes(1) }),
    'nesting without end': Buffer.from(`d4:info${'l'.repeat(100_000)}`),
  })) {
    it(`refuses ${name}`, () => {
      expect(() => parseTorrentMetadata(bytes))
        .to.throw(AppError)
        .with.property('code', 'invalid')
    })
  }

  it('says of what has no info, or none that is a dictionary, that it is no torrent', () => {
    for (const bytes of ['d8:announce1:xe', 'd4:infoi1ee', 'd4:infolee'])
      expect(() => parseTorrentMetadata(Buffer.from(bytes)), bytes).to.throw('not a torrent: no info dictionary')
  })

  it('throws nothing but `invalid`, whatever is done to the bytes', () => {
    const good = single({}, { announce: 'http://t.example/a' })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(good)
        for (const [at, value] of changes) bytes[at] = value
        try {
          parseTorrentMetadata(bytes)
        } catch (error) {
          expect(error).to.have.property('code', 'invalid')
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('parseMagnet', () => {
  it('reads hash, name, trackers and peers', () => {
    const uri = `magnet:?xt=urn:btih:${HASH.toUpperCase()}&dn=A+Film%202020&tr=udp%3A%2F%2Ft.example%3A1&tr.1=http://t.example/a?k=v%26x=1&tr=nonsense&x.pe=10.0.0.1:6881`
    expect(parseMagnet(uri)).to.deep.equal({
      infoHash: HASH,
      name: 'A Film 2020',
      trackers: ['udp://t.example:1', 'http://t.example/a?k=v&x=1'],
      peers: ['10.0.0.1:6881'],
      webSeeds: [],
    })
  })

  it('reads a base32 hash, and the v1 hash of a hybrid', () => {
    expect(parseMagnet('magnet:?xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK').infoHash).to.equal(HASH)
    const hybrid = `magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}&xt=urn:btih:${HASH}`
    expect(parseMagnet(hybrid).infoHash).to.equal(HASH)
  })

  for (const uri of [
    '',
    'http://x',
    'magnet:?dn=x',
    'magnet:?xt=urn:btih:abc',
    `magnet:?xt=urn:btmh:1220${'a'.repeat(64)}`,
  ]) {
    it(`refuses ${uri.slice(0, 30) || 'nothing'}`, () => {
      expect(() => parseMagnet(uri))
        .to.throw(AppError)
        .with.property('code', 'invalid')
    })
  }

  it('throws nothing but `invalid`', () => {
    fc.assert(
      fc.property(fc.string(), (rest) => {
        try {
          parseMagnet(`magnet:?xt=urn:btih:${HASH}&${rest}`)
        } catch (error) {
          expect(error).to.have.property('code', 'invalid')
        }
      }),
    )
  })
})
