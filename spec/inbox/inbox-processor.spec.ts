import { mkdirSync, readdirSync, renameSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { AppError } from '../../lib/domain/errors.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { InboxProcessor } from '../../lib/inbox/inbox-processor.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import {
  contentsOf,
  FakeIntake,
  filmMagnet,
  magnetOf,
  newDirectory,
  removeDirectory,
  torrentFile,
  trees,
} from './fixture.ts'

const SETTLE_MS = 1000

describe('InboxProcessor', () => {
  let directory = ''
  let clock: ManualClock
  let intake: FakeIntake
  let processor: InboxProcessor

  beforeEach(() => {
    directory = newDirectory()
    clock = new ManualClock()
    intake = new FakeIntake()
    processor = makeProcessor()
  })
  afterEach(async () => {
    await processor.close()
    expect(clock.pendingTimers).to.equal(0)
    removeDirectory(directory)
  })

  function makeProcessor(): InboxProcessor {
    return new InboxProcessor({ directory, isRecursive: true, intake, trees, clock, logger: silentLogger })
  }
  const write = (name: string, content: string | Buffer): void => writeFileSync(join(directory, name), content)
  const drop = (name: string, content: string | Buffer): void => {
    write(name, content)
    processor.offer(join(directory, name))
  }
  const names = (): string[] => readdirSync(directory).sort()
  const read = (name: string): string => contentsOf(directory)[name] ?? ''
  /** The add of this torrent waits until the answer is called. */
  function hold(name: string): () => void {
    let open = (): void => {}
    intake.gates.set(
      name,
      new Promise((resolve) => {
        open = resolve
      }),
    )
    return open
  }
  /** Gives file system work begun by now the turns that it needs. */
  async function turns(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  async function pass(ms: number): Promise<void> {
    clock.advance(ms)
    await turns()
  }
  async function passUntil(isTrue: () => boolean): Promise<void> {
    await until(async () => {
      if (!isTrue()) await pass(SETTLE_MS)
      return isTrue()
    })
  }

  it('turns a .torrent into a note that says where its files are', async () => {
    drop('A Film.torrent', torrentFile('A.Film.2020'))
    await passUntil(() => names().includes('A Film.added.txt') && names().length === 1)
    expect(read('A Film.added.txt')).to.equal(
      [
        'Added: A.Film.2020',
        'Its files are now in the drive at',
        '    /Movies/A Film (2020)/A Film (2020).mkv\n    /Movies/A Film (2020)/A Film (2020).en.srt',
        'Not recognised as part of a film or a show, and so at',
        '    /Unsorted/A.Film.2020/read me.nfo\n',
      ].join('\n\n'),
    )
  })

  it('turns a .torrent that is none into a note that says why, and keeps it for another try', async () => {
    drop('bad.torrent', 'd4:infoi1ee')
    await passUntil(() => names().join() === 'bad.error.txt,bad.torrent.failed')
    expect(read('bad.error.txt')).to.include('Not added: bad.torrent\n\nWhy: not a torrent: no info dictionary.')
    expect(read('bad.error.txt')).to.include('    bad.torrent.failed\n').and.to.include('    bad.torrent\n')
    expect(read('bad.torrent.failed')).to.equal('d4:infoi1ee')
    renameSync(join(directory, 'bad.torrent.failed'), join(directory, 'bad.torrent'))
    processor.offer(join(directory, 'bad.torrent'))
    await passUntil(() => names().join() === 'bad (2).error.txt,bad.error.txt,bad.torrent.failed')
  })

  it('knows a web page and other files under the name of a torrent', async () => {
    drop('page.torrent', '\r\n<!DOCTYPE html><title>Log in</title>')
    drop('film.torrent', Buffer.from([0x1a, 0x45, 0xdf, 0xa3]))
    await passUntil(() => names().length === 4 && names().every((name) => !name.endsWith('.torrent')))
    expect(read('page.error.txt')).to.include('Why: a web page, not a torrent: its site may want a login.')
    expect(read('film.error.txt')).to.include('Why: not a torrent.')
    expect(intake.added).to.deep.equal([])
  })

  it('adds each magnet of a list, and tells of both when some failed', async () => {
    intake.failing.set('Dead', new AppError('timeout', 'no peer sent the metadata within 60 s'))
    const list = `${filmMagnet}\n${magnetOf('1', 'Dead')}\n${magnetOf('2', 'Other')}\n`
    drop('list.txt', list)
    await passUntil(() => names().join() === 'list.added.txt,list.error.txt,list.txt.failed')
    expect(intake.added).to.deep.equal(['A.Film.2020', 'Dead', 'Other'])
    const added = read('list.added.txt')
    expect(added).to.match(/^Added: A\.Film\.2020\n[\s\S]*Added: Other\n\nIts files will show/)
    expect(added).to.include(`    ${filmMagnet}\n`)
    expect(added).not.to.include('The dropped file said')
    expect(read('list.error.txt')).to.match(/^Not added: Dead\n\nWhy: no peer sent the metadata within 60 s\.\n/)
    expect(read('list.error.txt')).not.to.include('Other')
    expect(read('list.txt.failed')).to.equal(list)
  })

  it('keeps what a text says beside its links, and says that a torrent was there before', async () => {
    await intake.add({ magnetUri: filmMagnet }, undefined, new AbortController().signal)
    drop('a.txt', `for Sunday:\n${filmMagnet}\n`)
    await passUntil(() => names().join() === 'a.added.txt')
    expect(read('a.added.txt')).to.match(/^In the library already: A\.Film\.2020\n/)
    expect(read('a.added.txt')).to.include(`The dropped file said:\n\nfor Sunday:\n${filmMagnet}\n`)
  })

  it('says of an error inside that the log has it, and nothing of its text', async () => {
    intake.failing.set('Odd', new TypeError('x is undefined'))
    drop('odd.magnet', magnetOf('3', 'Odd'))
    await passUntil(() => names().includes('odd.error.txt'))
    expect(read('odd.error.txt')).to.include('its log says what').and.not.to.include('undefined')
  })

  it('leaves other files, text without a magnet and notes as they are', async () => {
    const others = {
      'a.mkv': filmMagnet,
      'diary.txt': 'nothing to add',
      'big.txt': `${filmMagnet}\n${'x'.repeat(65_536)}`,
      'a.added.txt': filmMagnet,
      '._a.torrent': 'litter',
    }
    for (const [name, content] of Object.entries(others)) drop(name, content)
    symlinkSync(join(directory, 'a.mkv'), join(directory, 'link.magnet'))
    processor.offer(join(directory, 'link.magnet'))
    mkdirSync(join(directory, 'folder.torrent'))
    processor.offer(join(directory, 'folder.torrent'))
    for (let step = 0; step < 5; step++) await pass(SETTLE_MS)
    expect(contentsOf(directory)).to.deep.equal(others)
    expect(intake.added).to.deep.equal([])
  })

  it('refuses links without a magnet, and what is too large, unread', async () => {
    drop('page.url', '[InternetShortcut]\r\nURL=https://example.org/')
    drop('long.magnet', `${filmMagnet}${' '.repeat(65_536)}`)
    write('huge.torrent', '')
    truncateSync(join(directory, 'huge.torrent'), 16 * 1024 * 1024 + 1)
    processor.offer(join(directory, 'huge.torrent'))
    await passUntil(() => names().length === 6 && names().filter((name) => name.endsWith('.failed')).length === 3)
    expect(read('page.error.txt')).to.include('Why: it holds no magnet link')
    expect(read('long.error.txt')).to.include('Why: larger than 64 KiB')
    expect(read('huge.error.txt')).to.include('Why: larger than 16 MiB')
    expect(intake.added).to.deep.equal([])
  })

  it('waits for a client that writes in pieces, and adds once', async () => {
    const path = join(directory, 'slow.torrent')
    drop('slow.torrent', '')
    for (let step = 0; step < 5; step++) await pass(SETTLE_MS)
    for (let piece = 0; piece < 5; piece++) {
      writeFileSync(path, torrentFile('Slow').slice(0, 20 + piece))
      processor.offer(path)
      await pass(SETTLE_MS - 1)
    }
    writeFileSync(path, torrentFile('Slow')) // untold: the two looks see it
    await pass(SETTLE_MS)
    expect(intake.added).to.deep.equal([])
    await passUntil(() => names().join() === 'slow.added.txt')
    expect(intake.added).to.deep.equal(['Slow'])
  })

  describe('with a file on disk that may be in the midst of being written', () => {
    const path = (name: string): string => join(directory, name)
    const writeAt = (name: string, content: string, modifiedAtMs = clock.nowMs()): void => {
      write(name, content)
      utimesSync(path(name), modifiedAtMs / 1000, modifiedAtMs / 1000)
    }
    const HALF = 'd4:info'

    it('reads it again when it has changed, and not before', async () => {
      writeAt('slow.torrent', HALF)
      writeAt('slow.magnet', 'magnet:?xt=urn:btih:0123')
      await processor.start()
      await passUntil(() => intake.asked === 2)
      for (let second = 0; second < 10; second++) await pass(SETTLE_MS)
      expect(names()).to.deep.equal(['slow.magnet', 'slow.torrent'])
      expect(intake.asked).to.equal(2)
      writeAt('slow.torrent', torrentFile('Slow'))
      await passUntil(() => names().join() === 'slow.added.txt,slow.magnet')
      expect(intake.added).to.deep.equal(['Slow'])
    })

    it('gives it half a minute from each write, and no more', async () => {
      writeAt('never.torrent', HALF)
      processor.notice(path('never.torrent'))
      for (let write = 0; write < 3; write++) {
        for (let second = 0; second < 25; second++) await pass(SETTLE_MS)
        expect(names()).to.deep.equal(['never.torrent'])
        writeAt('never.torrent', `${HALF}${write}`)
      }
      const writtenAtMs = clock.nowMs()
      await passUntil(() => names().join() === 'never.error.txt,never.torrent.failed')
      expect(clock.nowMs() - writtenAtMs).to.be.at.least(30_000)
    })

    it('waits for none that a client sent as a whole, or that is as old by a clock gone wrong', async () => {
      writeAt('sent.torrent', HALF)
      processor.offer(path('sent.torrent'))
      writeAt('ahead.torrent', HALF, clock.nowMs() + 86_400_000)
      processor.notice(path('ahead.torrent'))
      await pass(SETTLE_MS)
      await pass(SETTLE_MS)
      await until(() => names().filter((name) => name.endsWith('.failed')).length === 2)
    })
  })

  it('takes a file under its last name only', async () => {
    drop('a.torrent.part', torrentFile('A'))
    await pass(SETTLE_MS)
    renameSync(join(directory, 'a.torrent.part'), join(directory, 'a.torrent'))
    processor.offer(join(directory, 'a.torrent'))
    await pass(SETTLE_MS)
    renameSync(join(directory, 'a.torrent'), join(directory, 'b.torrent'))
    processor.offer(join(directory, 'b.torrent'))
    await passUntil(() => names().join() === 'b.added.txt')
    expect(intake.added).to.deep.equal(['A'])
  })

  it('keeps a file that was dropped again while the first was added, and adds it after', async () => {
    const open = hold('First')
    drop('a.torrent', torrentFile('First'))
    await passUntil(() => intake.added.length === 1)
    drop('a.torrent', torrentFile('Second one'))
    for (let step = 0; step < 4; step++) await pass(SETTLE_MS)
    expect(intake.added).to.deep.equal(['First'])
    open()
    await passUntil(() => names().join() === 'a (2).added.txt,a.added.txt')
    expect(read('a.added.txt')).to.match(/^Added: First\n/)
    expect(read('a (2).added.txt')).to.include(': Second one\n')
    expect(intake.added).to.deep.equal(['First', 'Second one'])
  })

  it('takes several drops a few at a time, the first ones first', async () => {
    const gates: (() => void)[] = []
    for (let file = 0; file < 10; file++) {
      gates.push(hold(`T${file}`))
      drop(`${9 - file}.torrent`, torrentFile(`T${file}`))
    }
    await passUntil(() => intake.added.length === 4)
    await pass(SETTLE_MS)
    // They are begun in order; whose file is read first is the disk's matter.
    expect(intake.added).to.have.members(['T0', 'T1', 'T2', 'T3'])
    for (const open of gates) open()
    await until(() => names().length === 10 && names().every((name) => name.endsWith('.added.txt')))
    expect(intake.mostRunning).to.equal(4)
  })

  it('adds a torrent while links wait for their swarms', async () => {
    for (const digit of ['a', 'b', 'c', 'd', 'e']) {
      hold(`Dead-${digit}`)
      drop(`${digit}.magnet`, magnetOf(digit, `Dead-${digit}`))
    }
    await passUntil(() => intake.added.length === 4)
    drop('f.torrent', torrentFile('Here'))
    await passUntil(() => names().includes('f.added.txt'))
    expect(intake.added).to.have.members(['Dead-a', 'Dead-b', 'Dead-c', 'Dead-d', 'Here'])
  })

  it('takes at its start what was dropped before, the oldest first, in folders too, and clears what an end left', async () => {
    mkdirSync(join(directory, 'folder'))
    mkdirSync(join(directory, '.hidden'))
    write('folder/new.torrent', torrentFile('New'))
    write('old.torrent', torrentFile('Old'))
    write('.hidden/a.torrent', torrentFile('Hidden'))
    write('._momoshtrem-1234', 'half a note')
    utimesSync(join(directory, 'old.torrent'), 1, 1)
    await processor.start()
    await passUntil(() => names().join() === '.hidden,folder,old.added.txt')
    await until(() => readdirSync(join(directory, 'folder')).join() === 'new.added.txt')
    expect(intake.added).to.deep.equal(['Old', 'New'])
  })

  it('leaves an add that its end cut short to the next start', async () => {
    hold('Slow')
    drop('a.torrent', torrentFile('Slow'))
    await passUntil(() => intake.added.length === 1)
    await processor.close()
    await processor.close()
    expect(names()).to.deep.equal(['a.torrent'])
    intake.gates.clear()
    processor = makeProcessor()
    await processor.start()
    await passUntil(() => names().join() === 'a.added.txt')
  })

  it('says nothing of a file that was taken back before it failed', async () => {
    const open = hold('Dead')
    intake.failing.set('Dead', new AppError('timeout', 'no peer'))
    drop('a.magnet', magnetOf('4', 'Dead'))
    await passUntil(() => intake.added.length === 1)
    removeDirectory(join(directory, 'a.magnet'))
    open()
    await until(() => intake.running === 0)
    for (let step = 0; step < 3; step++) await pass(SETTLE_MS)
    expect(names()).to.deep.equal([])
  })

  it('replaces nothing that has the name of its note', async () => {
    write('a.added.txt', 'mine')
    write('a (2).added.txt', 'mine too')
    drop('a.torrent', torrentFile('A'))
    await passUntil(() => names().join() === 'a (2).added.txt,a (3).added.txt,a.added.txt')
    expect(read('a.added.txt') + read('a (2).added.txt')).to.equal('minemine too')
  })

  it('forgets a file that left before its time', async () => {
    drop('a.torrent', torrentFile('A'))
    removeDirectory(join(directory, 'a.torrent'))
    for (let step = 0; step < 3; step++) await pass(SETTLE_MS)
    expect(clock.pendingTimers).to.equal(0)
    expect(intake.added).to.deep.equal([])
  })
})
