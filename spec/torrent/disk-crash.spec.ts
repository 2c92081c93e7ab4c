import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { DiskPieceStore } from '../../lib/torrent/store/disk-piece-store.ts'
import { PieceData } from '../support/piece-data.ts'

const PIECE = 512 * 1024
const CAP_PIECES = 24
const KILLS = 5

describe('DiskPieceStore after kill -9', () => {
  let directory: string

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'piece-crash-'))
  })

  after(() => rm(directory, { recursive: true, force: true }))

  const data = new PieceData(7, PIECE, 64 * PIECE)

  const openStore = () =>
    DiskPieceStore.open({
      directory,
      capBytes: CAP_PIECES * PIECE,
      clock: systemClock,
      logger: silentLogger,
      metrics: noMetrics,
    })

  it('serves only verified bytes, counts right and keeps nothing torn', async () => {
    let found = 0
    let torn = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const script = join(import.meta.dirname, '../support/piece-store-child.ts')
      const child = spawn(process.execPath, ['--import=tsx', script, directory, String(PIECE), String(CAP_PIECES)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      await new Promise((resolve) => setTimeout(resolve, 30 + 40 * kill))
      child.kill('SIGKILL')
      await once(child, 'exit')
      for (const name of await readdir(join(directory, data.infoHash))) {
        const { size } = await stat(join(directory, data.infoHash, name))
        if (/^\d/.test(name) && size < PIECE) torn++
        if (/^\d+$/.test(name)) expect(size).to.equal(PIECE)
      }

      const store = await openStore()
      const torrent = await store.open(data)
      const target = new Uint8Array(PIECE)
      let storedBytes = 0
      for (let piece = 0; piece < data.layout.pieceCount; piece++) {
        if (!torrent.has(piece)) continue
        found++
        storedBytes += await torrent.read(piece, 0, target)
        expect(Buffer.compare(target, data.bytes(piece))).to.equal(0)
      }
      expect(torrent.storedBytes).to.equal(storedBytes)
      expect(storedBytes).to.be.at.most(CAP_PIECES * PIECE)
      await store.close()
      const files = (await readdir(join(directory, data.infoHash))).filter((name) => name !== 'have-map')
      expect(files.every((name) => /^\d+$/.test(name))).to.equal(true)
      expect(files.length * PIECE).to.equal(storedBytes)
    }
    expect(found, `pieces found, torn files seen: ${torn}`).to.be.greaterThan(KILLS)
  })
})
