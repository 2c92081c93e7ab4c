import { expect } from 'chai'
import { TrashKeeper, type TrashKeeperOptions } from '../../lib/actions/trash-keeper.ts'
import type { InfoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Drive, openDrive } from './fixture.ts'

const DAY_MS = 24 * 60 * 60_000
const HOUR_MS = 60 * 60_000

describe('TrashKeeper', () => {
  let drive: Drive
  let keeper: TrashKeeper
  let purged: InfoHash[]
  let logged: string[]

  const create = (overrides: Partial<TrashKeeperOptions> = {}) =>
    new TrashKeeper({
      curation: drive.library,
      onCommitted: (listener) => drive.library.onCommitted(listener),
      onPurged: (hashes) => {
        purged.push(...hashes)
      },
      clock: drive.clock,
      logger: { ...silentLogger, error: (message) => logged.push(message) },
      keepMs: 30 * DAY_MS,
      ...overrides,
    })

  beforeEach(async () => {
    drive = await openDrive()
    // Its audits would come with the days.
    await drive.trees.close()
    purged = []
    logged = []
    keeper = create()
  })

  afterEach(async () => {
    await keeper.close()
    await drive.close()
  })

  const movie = (title: string) => {
    const [found] = drive.library.movies({ limit: 1, offset: 0, query: title }).items
    return { kind: 'movie', id: found!.id } as const
  }
  const trash = (title: string) => drive.library.trash(movie(title))

  it('has no timer while the trash is empty, and one while it is not', async () => {
    keeper.start()
    expect(drive.clock.pendingTimers).to.equal(0)
    trash('heat')
    expect(drive.clock.pendingTimers).to.equal(1)
    trash('alien')
    expect(drive.clock.pendingTimers).to.equal(1)
  })

  it('purges what is there for 30 days, and not what is there for less', async () => {
    keeper.start()
    trash('heat')
    drive.clock.advance(10 * DAY_MS)
    trash('alien')
    drive.clock.advance(20 * DAY_MS - 1)
    expect(purged).to.have.length(0)
    drive.clock.advance(1)
    expect(purged).to.have.length(1)
    expect(drive.library.restore(movie('alien'))).to.equal(1)
    drive.clock.advance(40 * DAY_MS)
    expect(purged).to.have.length(1)
    await keeper.close()
    expect(drive.clock.pendingTimers).to.equal(0)
  })

  it('purges at start what became old meanwhile', () => {
    trash('heat')
    drive.clock.advance(31 * DAY_MS)
    keeper.start()
    expect(purged).to.have.length(1)
  })

  it('says when it fails, and tries again after an hour', () => {
    let isBroken = true
    keeper = create({
      curation: {
        oldestTrashedAtMs: () => drive.library.oldestTrashedAtMs(),
        purgeTrash: (beforeMs) => {
          if (isBroken) throw new Error('disk')
          return drive.library.purgeTrash(beforeMs)
        },
      },
    })
    trash('heat')
    drive.clock.advance(30 * DAY_MS)
    keeper.start()
    expect(logged).to.deep.equal(['the trash could not be emptied'])
    isBroken = false
    drive.clock.advance(HOUR_MS)
    expect(purged).to.have.length(1)
  })

  it('says when a torrent cannot be removed', async () => {
    keeper = create({ onPurged: () => Promise.reject(new Error('disk')) })
    trash('heat')
    drive.clock.advance(30 * DAY_MS)
    keeper.start()
    await keeper.close()
    expect(logged).to.deep.equal(['torrents that the trash left could not be removed'])
  })

  it('waits at close for what is being removed, and does nothing after', async () => {
    let release = () => {}
    const removal = new Promise<void>((resolve) => {
      release = resolve
    })
    keeper = create({ onPurged: () => removal })
    trash('heat')
    drive.clock.advance(30 * DAY_MS)
    keeper.start()
    let isClosed = false
    const closing = keeper.close().then(() => {
      isClosed = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isClosed).to.equal(false)
    release()
    await closing
    await keeper.close()
    trash('alien')
    expect(drive.clock.pendingTimers).to.equal(0)
  })
})
