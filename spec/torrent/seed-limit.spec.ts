import { expect } from 'chai'
import { SeedLimit, type SeedLimitOptions } from '../../lib/torrent/limits/seed-limit.ts'
import { LoopbackSwarm, readPieces } from '../support/loopback-swarm.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { until } from '../support/until.ts'

const PIECE = 65536
const BLOCK = 16384

describe('SeedLimit', () => {
  const make = (options: Partial<SeedLimitOptions>) => {
    const clock = new ManualClock()
    const limit = new SeedLimit({
      clock,
      ratio: 0,
      timeS: 0,
      isRead: () => false,
      sentBytes: () => 1e12,
      receivedBytes: () => 1,
      ...options,
    })
    return { clock, limit }
  }

  it('is never reached without limits', () => {
    const { clock, limit } = make({})
    clock.advance(1e9)
    expect(limit.isReached()).to.equal(false)
  })

  it('is reached by the ratio, unless the torrent is read', () => {
    let sent = 0
    let isRead = false
    const { limit } = make({ ratio: 1.5, sentBytes: () => sent, receivedBytes: () => 1000, isRead: () => isRead })
    sent = 1499
    expect(limit.isReached()).to.equal(false)
    sent = 1500
    expect(limit.isReached()).to.equal(true)
    isRead = true
    expect(limit.isReached()).to.equal(false)
  })

  it('is reached by the time since the last read, or since it came online', () => {
    let isRead = true
    const { clock, limit } = make({ timeS: 60, isRead: () => isRead })
    clock.advance(100_000)
    expect(limit.isReached()).to.equal(false)
    isRead = false
    clock.advance(59_999)
    expect(limit.isReached()).to.equal(false)
    clock.advance(1)
    expect(limit.isReached()).to.equal(true)
    limit.restart()
    expect(limit.isReached()).to.equal(false)
  })
})

describe('seeding limits of a torrent', () => {
  const torrent = makeTorrent({ totalBytes: 8 * PIECE, pieceBytes: PIECE })
  let clock: ManualClock
  let swarm: LoopbackSwarm
  let leech: ScriptedPeer
  beforeEach(() => {
    clock = new ManualClock()
    leech = new ScriptedPeer({ torrent, has: () => false })
  })
  afterEach(async () => {
    await leech.close()
    await swarm.close()
  })

  async function seed(limits: { readonly seedRatioLimit?: number; readonly seedTimeLimitS?: number }) {
    swarm = await LoopbackSwarm.start({ clock, ...limits })
    const seeder = await swarm.addPeer({ torrent })
    const opened = await swarm.open(torrent)
    opened.resume()
    await readPieces(opened, 0, 8)
    await seeder.close()
    const connection = await leech.dial(swarm.engine.port)
    connection.sendInterested()
    await until(() => connection.isUnchoked)
    return { opened, connection }
  }

  it('serves nobody once it gave as much as the ratio says, and again while it is read', async () => {
    const { opened, connection } = await seed({ seedRatioLimit: (3 * BLOCK) / (8 * PIECE) })
    for (let block = 0; block < 4; block++) connection.sendRequest(0, block * BLOCK, BLOCK)
    await until(() => !connection.isUnchoked)
    expect(connection.blocks).to.have.length(3)
    expect(opened.stats().uploadedBytes).to.equal(3 * BLOCK)
    clock.advance(30_000)
    await new Promise(setImmediate)
    opened.setWindows({ name: 'reader' }, [{ first: 0, end: 1, priority: 'urgent' }])
    await new Promise(setImmediate)
    clock.advance(10_000)
    await until(() => connection.isUnchoked)
    connection.sendRequest(0, 3 * BLOCK, BLOCK)
    await until(() => connection.blocks.length === 4)
  })

  it('serves nobody when nobody has read it for the time set', async () => {
    const { connection } = await seed({ seedTimeLimitS: 45 })
    clock.advance(40_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(connection.isUnchoked).to.equal(true)
    clock.advance(20_000)
    await until(() => !connection.isUnchoked)
  })
})
