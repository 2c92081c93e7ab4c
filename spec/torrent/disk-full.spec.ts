import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { PieceData } from '../support/piece-data.ts'

const PIECE = 256 * 1024
const DISK_BYTES = 4 * 1024 * 1024

describe('DiskPieceStore on a disk that is really full', () => {
  const film = new PieceData(1, PIECE, 40 * PIECE)
  let directory: string
  let store: DiskPieceStore | undefined
  let isMounted = false

  before(async function () {
    directory = await mkdtemp(join(tmpdir(), 'full-disk-'))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', directory], { stdio: 'ignore' })
      isMounted = true
    } catch {
      this.skip() // mounting is for root, and not in every container
    }
  })
  afterEach(async () => {
    await store?.close()
    store = undefined
  })
  after(async () => {
    if (isMounted) execFileSync('umount', [directory])
    await rm(directory, { recursive: true })
  })

  const open = async () => {
    store = await DiskPieceStore.open({
      directory: join(directory, 'pieces'),
      capBytes: 1024 * PIECE,
      memoryBytes: 3 * PIECE,
      clock: new ManualClock(),
      logger: silentLogger,
      metrics: noMetrics,
    })
    return store
  }

  it('gives up what was read longest ago, and serves each piece that comes', async () => {
    const torrent = await (await open()).open(film)
    const target = new Uint8Array(PIECE)
    for (let piece = 0; piece < 40; piece++) {
      await torrent.put(piece, film.bytes(piece))
      expect(await torrent.read(piece, 0, target)).to.equal(PIECE)
      expect(Buffer.compare(target, film.bytes(piece))).to.equal(0)
    }
    expect(torrent.storedBytes).to.be.within(DISK_BYTES / 2, DISK_BYTES)
    expect((await statfs(directory)).bavail).to.be.below(PIECE)
  })

  it('serves from memory when others took all the space, however many pieces come', async () => {
    const torrent = await (await open()).open(film)
    await writeFile(join(directory, 'other'), Buffer.alloc(DISK_BYTES)).catch(() => {})
    const target = new Uint8Array(PIECE)
    for (let piece = 0; piece < 40; piece++) {
      await torrent.put(piece, film.bytes(piece))
      expect(await torrent.read(piece, 0, target)).to.equal(PIECE)
      expect(Buffer.compare(target, film.bytes(piece))).to.equal(0)
    }
    await rm(join(directory, 'other'))
    await torrent.put(0, film.bytes(0))
    await torrent.read(39, 0, target)
    expect(Buffer.compare(target, film.bytes(39))).to.equal(0)
  })
})
