import { appendFileSync, mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { silentLogger } from '../../lib/domain/logger.ts'
import { WatchFolder } from '../../lib/inbox/watch-folder.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import { FakeIntake, newDirectory, removeDirectory, torrentFile, trees } from './fixture.ts'

describe('WatchFolder', () => {
  let parent = ''
  let directory = ''
  let clock: ManualClock
  let intake: FakeIntake
  let folder: WatchFolder

  beforeEach(() => {
    parent = newDirectory()
    directory = join(parent, 'watched')
    mkdirSync(directory)
    clock = new ManualClock()
    intake = new FakeIntake()
    folder = new WatchFolder({ directory, intake, trees, clock, logger: silentLogger })
  })
  afterEach(async () => {
    await folder.close()
    await folder.close()
    expect(clock.pendingTimers).to.equal(0)
    removeDirectory(parent)
  })

  const names = (): string[] => readdirSync(directory).sort().join().split(',')
  /** Real time for events of the file system, the clock's for everything else. */
  async function passUntil(isTrue: () => boolean): Promise<void> {
    await until(() => {
      clock.advance(1000)
      return isTrue()
    })
  }

  it('takes what is there and what comes, and leaves directories inside alone', async () => {
    writeFileSync(join(directory, 'before.torrent'), torrentFile('Before'))
    mkdirSync(join(directory, 'inner'))
    writeFileSync(join(directory, 'inner', 'a.torrent'), torrentFile('Inner'))
    await folder.start()
    writeFileSync(join(directory, 'written.torrent'), torrentFile('Written'))
    writeFileSync(join(parent, 'moved.torrent'), torrentFile('Moved'))
    renameSync(join(parent, 'moved.torrent'), join(directory, 'moved.torrent'))
    writeFileSync(join(directory, 'bad.torrent'), 'no torrent')
    await passUntil(() => names().length === 6 && !names().some((name) => /^\.|\.torrent$/.test(name)))
    expect(names()).to.deep.equal([
      'bad.error.txt',
      'bad.torrent.failed',
      'before.added.txt',
      'inner',
      'moved.added.txt',
      'written.added.txt',
    ])
    expect(intake.added).to.have.members(['Before', 'Written', 'Moved'])
    expect(readdirSync(join(directory, 'inner'))).to.deep.equal(['a.torrent'])
  })

  it('leaves a file alone that is written slowly, until it can be read', async () => {
    await folder.start()
    const path = join(directory, 'slow.torrent')
    const content = torrentFile('Slow')
    writeFileSync(path, content.slice(0, 5))
    utimesSync(path, clock.nowMs() / 1000, clock.nowMs() / 1000)
    await until(() => {
      clock.advance(100)
      return intake.asked > 0
    })
    for (let step = 0; step < 5; step++) {
      clock.advance(1000)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(names()).to.deep.equal(['slow.torrent'])
    appendFileSync(path, content.slice(5))
    await passUntil(() => names().join() === 'slow.added.txt')
    expect(intake.added).to.deep.equal(['Slow'])
  })

  it('says what is wrong with a directory that it cannot use', async () => {
    const failure = async (path: string): Promise<string> => {
      const other = new WatchFolder({ directory: path, intake, trees, clock, logger: silentLogger })
      const error = await other.start().then(
        () => new Error('started'),
        (reason: Error) => reason,
      )
      await other.close()
      expect(error).to.have.property('code', 'invalid')
      return error.message
    }
    expect(await failure(join(parent, 'missing'))).to.match(/missing cannot be used: ENOENT/)
    writeFileSync(join(parent, 'file'), '')
    expect(await failure(join(parent, 'file'))).to.match(/file (?:is no directory|cannot be used)/)
  })

  it('finds its directory again when that was away', async () => {
    await folder.start()
    removeDirectory(directory)
    await until(() => clock.pendingTimers > 0)
    clock.advance(60_000) // looks, in vain
    await until(() => clock.pendingTimers > 0)
    mkdirSync(directory)
    writeFileSync(join(directory, 'a.torrent'), torrentFile('A'))
    const backAtMs = clock.nowMs()
    await until(() => {
      clock.advance(100)
      return names().join() === 'a.added.txt'
    })
    expect(clock.nowMs() - backAtMs).to.be.below(60_000)
    writeFileSync(join(directory, 'b.torrent'), torrentFile('B'))
    await passUntil(() => names().join() === 'a.added.txt,b.added.txt')
  })
})
