import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { isAppError } from '../../lib/domain/errors.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import type { PieceWindow } from '../../lib/domain/torrent.ts'
import { type DiskIo, systemDiskIo } from '../../lib/torrent/store/disk-io.ts'
import { DiskPieceStore, type DiskPieceStoreOptions } from '../../lib/torrent/store/disk-piece-store.ts'
import type { TorrentStore } from '../../lib/torrent/store/piece-store.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { PieceData } from '../support/piece-data.ts'
import { until } from '../support/until.ts'

const PIECE = 64 * 1024
const CAP = 8 * PIECE
/** Root may write everywhere: this one may not. */
const NOBODY = 65_534

/** A disk that can be told to fail, and that counts. */
class FailingIo {
  writeError: string | undefined
  /** Bytes that fit in all, when the disk is small. */
  spaceBytes = Number.POSITIVE_INFINITY
  creates = 0
  opens = 0
  readonly #sizes = new Map<string, number>()
  readonly io: DiskIo = {
    ...systemDiskIo,
    create: async (path, bytes) => {
      this.creates++
      if (this.writeError) throw Object.assign(new Error(this.writeError), { code: this.writeError })
      const used = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
      if (used + bytes.length > this.spaceBytes) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      const descriptor = await systemDiskIo.create(path, bytes)
      this.#sizes.set(path.replace('.new', ''), bytes.length)
      return descriptor
    },
    open: async (path) => {
      this.opens++
      return await systemDiskIo.open(path)
    },
    unlink: async (path) => {
      await systemDiskIo.unlink(path)
      this.#sizes.delete(path.replace('.new', ''))
    },
  }
}

describe('DiskPieceStore', () => {
  let directory: string
  let clock: ManualClock
  const stores: DiskPieceStore[] = []

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'piece-store-'))
    clock = new ManualClock()
  })

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function open(options: Partial<DiskPieceStoreOptions> = {}): Promise<DiskPieceStore> {
    const store = await DiskPieceStore.open({
      directory,
      capBytes: CAP,
      clock,
      logger: silentLogger,
      metrics: noMetrics,
      ...options,
    })
    stores.push(store)
    return store
  }

  const film = new PieceData(1, PIECE, 20 * PIECE + 100)
  const other = new PieceData(2, PIECE, 20 * PIECE)

  async function readAll(store: TorrentStore, data: PieceData, piece: number): Promise<Uint8Array> {
    const target = new Uint8Array(data.layout.pieceLength(piece))
    expect(await store.read(piece, 0, target)).to.equal(target.length)
    return target
  }

  const had = (store: TorrentStore, data: PieceData) =>
    Array.from({ length: data.layout.pieceCount }, (_, piece) => piece).filter((piece) => store.has(piece))

  const failsWith = async (work: Promise<unknown>, code: Parameters<typeof isAppError>[1]) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(isAppError(error, code), String(error)).to.equal(true)
    return error
  }

  /** What the directory holds of a torrent, by its files. */
  async function bytesOnDisk(data: PieceData): Promise<number> {
    const folder = join(directory, data.infoHash)
    const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d/.test(name))
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  it('serves a piece from the call that stores it, from memory and then from disk', async () => {
    const store = await (await open()).open(film)
    const written = store.put(20, film.bytes(20))
    expect(store.has(20)).to.equal(true)
    expect(await readAll(store, film, 20)).to.deep.equal(new Uint8Array(film.bytes(20)))
    await written
    expect(await readAll(store, film, 20)).to.deep.equal(new Uint8Array(film.bytes(20)))
    expect(store.bitfield).to.deep.equal(new Uint8Array([0, 0, 0x08]))
    expect(store.storedBytes).to.equal(100)
    const middle = new Uint8Array(1000)
    expect(await store.read(20, 60, middle)).to.equal(40)
    expect(middle.subarray(0, 40)).to.deep.equal(new Uint8Array(film.bytes(20).subarray(60)))
    await failsWith(store.read(19, 0, middle), 'not_found')
    await failsWith(store.read(20, 100, middle), 'invalid')
    await failsWith(store.put(3, new Uint8Array(5)), 'invalid')
  })

  it('trusts everything after a clean close, without reading a piece', async () => {
    const first = await open()
    const before = await first.open(film)
    await Promise.all([0, 3, 20].map((piece) => before.put(piece, film.bytes(piece))))
    await first.close()

    const disk = new FailingIo()
    const second = await open({ io: disk.io })
    expect(second.stored(film.infoHash)).to.equal(2 * PIECE + 100)
    expect(second.stats().usedBytes).to.equal(2 * PIECE + 100)
    const after = await second.open(film)
    expect(had(after, film)).to.deep.equal([0, 3, 20])
    expect(disk.opens).to.equal(0)
    expect(await readAll(after, film, 3)).to.deep.equal(new Uint8Array(film.bytes(3)))
  })

  it('makes pieces durable at checkpoints, which nothing but a write arms', async () => {
    const store = await open()
    const torrent = await store.open(film)
    expect(clock.pendingTimers).to.equal(0)
    await torrent.put(7, film.bytes(7))
    expect(await readdir(join(directory, film.infoHash))).to.deep.equal(['7.new'])
    clock.advance(60_000)
    await until(async () => (await readdir(join(directory, film.infoHash))).includes('have-map'))
    expect(await readdir(join(directory, film.infoHash))).to.include('7')
    await until(() => clock.pendingTimers === 0)
    expect(await readAll(torrent, film, 7)).to.deep.equal(new Uint8Array(film.bytes(7)))
  })

  it('keeps under its cap while pieces arrive, evicting the least recently read over all torrents', async () => {
    const store = await open()
    const a = await store.open(film)
    const b = await store.open(other)
    const dropped: string[] = []
    a.onDropped((piece) => dropped.push(`a${piece}`))
    b.onDropped((piece) => dropped.push(`b${piece}`))
    for (let piece = 0; piece < 4; piece++) {
      await a.put(piece, film.bytes(piece))
      await b.put(piece, other.bytes(piece))
    }
    await readAll(a, film, 0)
    await readAll(b, other, 0)
    for (let piece = 4; piece < 7; piece++) {
      await a.put(piece, film.bytes(piece))
      expect(store.stats().usedBytes).to.equal(CAP)
      expect((await bytesOnDisk(film)) + (await bytesOnDisk(other))).to.equal(CAP)
    }
    expect(dropped).to.deep.equal(['a1', 'b1', 'a2'])
    expect(a.has(1)).to.equal(false)
    expect(store.stats().evictedPieces).to.equal(3)
  })

  it('plays a film through a cache smaller than it', async () => {
    const store = await open({ capBytes: 3 * PIECE })
    const torrent = await store.open(film)
    for (let piece = 0; piece < film.layout.pieceCount; piece++) {
      const windows: PieceWindow[] = [
        { first: piece, end: piece + 1, priority: 'urgent' },
        { first: piece + 1, end: piece + 10, priority: 'ahead' },
      ]
      torrent.setKept(windows)
      await torrent.put(piece, film.bytes(piece))
      if (piece + 1 < film.layout.pieceCount) await torrent.put(piece + 1, film.bytes(piece + 1))
      expect(await readAll(torrent, film, piece)).to.deep.equal(new Uint8Array(film.bytes(piece)))
      expect(store.stats().usedBytes).to.be.at.most(3 * PIECE)
    }
  })

  it('holds one piece even when it is larger than the cap', async () => {
    const store = await open({ capBytes: 10 })
    const torrent = await store.open(film)
    await torrent.put(0, film.bytes(0))
    await torrent.put(1, film.bytes(1))
    expect(had(torrent, film)).to.deep.equal([1])
  })

  it('evicts pieces of torrents that nobody opened since the start', async () => {
    const first = await open()
    const before = await first.open(film)
    for (let piece = 0; piece < 8; piece++) await before.put(piece, film.bytes(piece))
    await readAll(before, film, 0)
    await first.close()

    const second = await open()
    const now = await second.open(other)
    await now.put(0, other.bytes(0))
    await now.put(1, other.bytes(1))
    expect(second.stored(film.infoHash)).to.equal(6 * PIECE)
    const again = await second.open(film)
    expect(had(again, film)).to.deep.equal([0, 3, 4, 5, 6, 7])
  })

  it('drops a piece whose file was removed or cut by somebody', async () => {
    const store = await open({ openDescriptors: 1 })
    const torrent = await store.open(film)
    const dropped: number[] = []
    torrent.onDropped((piece) => dropped.push(piece))
    for (const piece of [0, 1, 2]) await torrent.put(piece, film.bytes(piece))
    await unlink(join(directory, film.infoHash, '0.new'))
    await truncate(join(directory, film.infoHash, '1.new'), 10)
    await failsWith(torrent.read(0, 0, new Uint8Array(10)), 'not_found')
    await failsWith(torrent.read(1, 0, new Uint8Array(10)), 'not_found')
    expect(dropped).to.deep.equal([0, 1])
    await torrent.put(0, film.bytes(0))
    expect(await readAll(torrent, film, 0)).to.deep.equal(new Uint8Array(film.bytes(0)))
  })

  it('gives up other pieces on a full disk', async () => {
    const disk = new FailingIo()
    disk.spaceBytes = 3 * PIECE
    const torrent = await (await open({ io: disk.io })).open(film)
    for (let piece = 0; piece < 6; piece++) {
      await torrent.put(piece, film.bytes(piece))
      expect(await readAll(torrent, film, piece)).to.deep.equal(new Uint8Array(film.bytes(piece)))
    }
    expect(had(torrent, film)).to.deep.equal([3, 4, 5])
  })

  it('serves from memory, as much as is allowed, while the disk fails, and writes once it works again', async () => {
    const disk = new FailingIo()
    disk.writeError = 'EIO'
    const torrent = await (await open({ io: disk.io, memoryBytes: 3 * PIECE })).open(film)
    for (let piece = 0; piece < 6; piece++) {
      await torrent.put(piece, film.bytes(piece))
      expect(await readAll(torrent, film, piece)).to.deep.equal(new Uint8Array(film.bytes(piece)))
    }
    expect(had(torrent, film)).to.deep.equal([3, 4, 5])
    expect(await bytesOnDisk(film)).to.equal(0)
    disk.writeError = undefined
    await torrent.put(6, film.bytes(6))
    await until(async () => (await bytesOnDisk(film)) >= 3 * PIECE)
    expect(await readAll(torrent, film, 4)).to.deep.equal(new Uint8Array(film.bytes(4)))
  })

  it('keeps all that is put at once, as long as the disk takes it', async () => {
    const torrent = await (await open({ memoryBytes: 2 * PIECE })).open(film)
    const pieces = [0, 1, 2, 3, 4, 5, 6, 7]
    const puts = pieces.map((piece) => torrent.put(piece, film.bytes(piece)))
    expect(had(torrent, film)).to.deep.equal(pieces)
    expect(await Promise.all(puts)).to.deep.equal(pieces.map(() => true))
    expect(had(torrent, film)).to.deep.equal(pieces)
    expect(await bytesOnDisk(film)).to.equal(8 * PIECE)
  })

  it('drops what is too much when the disk refuses all that is put at once', async () => {
    const disk = new FailingIo()
    disk.writeError = 'EIO'
    const torrent = await (await open({ io: disk.io, memoryBytes: 3 * PIECE })).open(film)
    const dropped: number[] = []
    torrent.onDropped((piece) => dropped.push(piece))
    const kept = await Promise.all([0, 1, 2, 3, 4, 5].map((piece) => torrent.put(piece, film.bytes(piece))))
    expect([dropped, had(torrent, film)]).to.deep.equal([
      [0, 1, 2],
      [3, 4, 5],
    ])
    expect(kept.slice(3)).to.deep.equal([false, false, false])
    disk.writeError = undefined
    await torrent.put(6, film.bytes(6))
    await until(async () => (await bytesOnDisk(film)) === 4 * PIECE)
    for (const piece of [3, 4, 5, 6]) {
      expect(await readAll(torrent, film, piece)).to.deep.equal(new Uint8Array(film.bytes(piece)))
    }
  })

  it('writes each piece once', async () => {
    const disk = new FailingIo()
    const torrent = await (await open({ io: disk.io })).open(film)
    await Promise.all([5, 5, 5].map((piece) => torrent.put(piece, film.bytes(piece))))
    expect(disk.creates).to.equal(1)
  })

  it('never evicts a piece while it is read', async () => {
    const disk = new FailingIo()
    let letRead: () => void = () => {}
    const mayRead = new Promise<void>((resolve) => {
      letRead = resolve
    })
    const store = await open({
      capBytes: 2 * PIECE,
      io: {
        ...disk.io,
        read: async (...args) => {
          await mayRead
          return await systemDiskIo.read(...args)
        },
      },
    })
    const torrent = await store.open(film)
    await torrent.put(0, film.bytes(0))
    const reading = readAll(torrent, film, 0)
    for (const piece of [1, 2, 3]) await torrent.put(piece, film.bytes(piece))
    expect(had(torrent, film)).to.deep.equal([0, 3])
    letRead()
    expect(await reading).to.deep.equal(new Uint8Array(film.bytes(0)))
  })

  it('deletes a torrent with its files and goes on', async () => {
    const store = await open()
    const torrent = await store.open(film)
    const late = torrent.put(1, film.bytes(1))
    await torrent.put(0, film.bytes(0))
    await store.remove(film.infoHash)
    await late
    expect(had(torrent, film)).to.deep.equal([])
    expect(store.stats().usedBytes).to.equal(0)
    expect(await readdir(directory)).not.to.include(film.infoHash)
    await torrent.put(2, film.bytes(2))
    expect(await readAll(torrent, film, 2)).to.deep.equal(new Uint8Array(film.bytes(2)))
  })

  it('counts again when the index is missing or damaged', async () => {
    for (const damage of [
      () => unlink(join(directory, 'index.json')),
      () => writeFile(join(directory, 'index.json'), '{"version":1,"torrents":[[1]]}'),
    ]) {
      const first = await open()
      await (await first.open(film)).put(0, film.bytes(0))
      await first.close()
      await damage()
      const second = await open()
      await until(() => second.stored(film.infoHash) === PIECE)
      expect(had(await second.open(film), film)).to.deep.equal([0])
      await second.close()
    }
  })

  it('hashes what was not durable before it serves it', async () => {
    const first = await open()
    const before = await first.open(film)
    for (const piece of [0, 1, 2]) await before.put(piece, film.bytes(piece))
    await first.close()
    const folder = join(directory, film.infoHash)
    await writeFile(join(folder, '4.new'), film.bytes(4))
    await writeFile(join(folder, '5.new'), Buffer.alloc(PIECE))
    await writeFile(join(folder, '6.new'), film.bytes(6).subarray(0, 1000))
    await writeFile(join(folder, '1.new'), Buffer.alloc(PIECE))
    const torrent = await (await open()).open(film)
    expect(had(torrent, film)).to.deep.equal([0, 1, 2, 4])
    expect(await readAll(torrent, film, 1)).to.deep.equal(new Uint8Array(film.bytes(1)))
    expect((await readdir(folder)).filter((name) => /^\d/.test(name)).sort()).to.deep.equal(['0', '1', '2', '4.new'])
  })

  it('keeps its directory to itself, and takes over from a process that ended', async () => {
    const store = await open()
    await failsWith(open(), 'conflict')
    await store.close()

    const child = promisify(execFile)(process.execPath, ['-e', 'console.log(process.pid)'])
    const ended = Number((await child).stdout)
    await writeFile(join(directory, 'lock'), `${ended} -\n`)
    await (await open()).close()

    // Alive, but started after the one that wrote this: the number was given out again.
    await writeFile(join(directory, 'lock'), `${process.ppid} another/1\n`)
    await (await open()).close()

    const start = (await readFile(`/proc/${process.ppid}/stat`, 'latin1')).split(') ')[1]!.split(' ')[19]
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim()
    await writeFile(join(directory, 'lock'), `${process.ppid} ${boot}/${start}\n`)
    await failsWith(open(), 'conflict')
    await unlink(join(directory, 'lock'))
  })
  it('says why it cannot take over the lock in a directory that may not be written', async () => {
    await writeFile(join(directory, 'lock'), '0 -\n')
    await chmod(directory, 0o555)
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(NOBODY)
    try {
      const error = await failsWith(open(), 'internal')
      expect(error)
        .to.have.property('message')
        .that.includes(directory)
        .and.match(/EACCES: permission denied/)
    } finally {
      if (isRoot) process.seteuid?.(0)
      await chmod(directory, 0o755)
    }
  })
})
