import { expect } from 'chai'
import { toAppError } from '../../lib/domain/errors.ts'
import { walk } from '../support/tree-language.ts'
import { type Drive, openDrive } from './fixture.ts'

const { signal } = new AbortController()

describe('/Offline through the drive', () => {
  let drive: Drive

  beforeEach(async () => {
    drive = await openDrive()
  })

  afterEach(() => drive.close())

  const offline = () => drive.paths().filter((path) => path.startsWith('/Offline/'))

  /** The code that it fails with, having changed nothing. */
  async function refusal(work: () => Promise<void>): Promise<string> {
    let code = 'none'
    const kept = [...drive.fetcher.whole]
    const changes = await drive.changes(async () => {
      await work().catch((error: unknown) => {
        code = toAppError(error).code
      })
    })
    expect(changes).to.deep.equal([])
    expect([...drive.fetcher.whole]).to.deep.equal(kept)
    return code
  }

  it('keeps a file that is copied there, and no longer when its last path goes', async () => {
    const from = '/Movies/Heat (1995)/Heat (1995).mkv'
    await drive.actions.copy(from, '/Offline/Heat.mkv', signal)
    await drive.actions.makeDirectory('/Offline/Train', signal)
    await drive.actions.copy(from, '/Offline/Train/Heat.mkv', signal)
    expect(offline()).to.deep.equal(['/Offline/Train/Heat.mkv', '/Offline/Heat.mkv'])
    const own = drive.trees.current.find(from)
    expect(drive.trees.current.find('/Offline/Heat.mkv')?.etag).to.equal(own?.etag)
    expect(drive.fetcher.whole.size).to.equal(1)

    await drive.actions.delete('/Offline/Heat.mkv', signal)
    expect(drive.fetcher.whole.size, 'one path is left').to.equal(1)
    await drive.actions.delete('/Offline/Train', signal)
    expect(drive.fetcher.whole.size).to.equal(0)
    expect(offline()).to.deep.equal([])
  })

  it('takes a whole film, season, show or torrent, with the subtitles of the torrent', async () => {
    await drive.actions.copy('/Movies/Heat (1995)', '/Offline/Heat (1995)', signal)
    await drive.actions.copy('/TV Shows/Lost (2004)', '/Offline/Lost', signal)
    await drive.actions.copy('/TV Shows/Lost (2004)/Season 01', '/Offline/S1', signal)
    await drive.actions.copy('/Unsorted/mystery', '/Offline/m', signal)
    expect(offline()).to.have.members([
      '/Offline/Heat (1995)/Heat (1995).en.srt',
      '/Offline/Heat (1995)/Heat (1995).mkv',
      '/Offline/Lost/Season 01/Lost - S01E01.mkv',
      '/Offline/Lost/Season 01/Lost - S01E02.mkv',
      '/Offline/Lost/Season 02/Lost - S02E01.mkv',
      '/Offline/S1/Lost - S01E01.mkv',
      '/Offline/S1/Lost - S01E02.mkv',
      '/Offline/m/a.mkv',
      '/Offline/m/read me.txt',
    ])
    expect(drive.fetcher.whole.size).to.equal(7)
  })

  it('takes all or nothing when it does not fit, and leaves what was there', async () => {
    await drive.actions.copy('/TV Shows/Lost (2004)/Season 01', '/Offline/S1', signal)
    drive.fetcher.room = 3
    expect(await refusal(() => drive.actions.copy('/Movies/Heat (1995)', '/Offline/Heat', signal))).to.equal(
      'storage_full',
    )
    // Two of its three files are there already.
    drive.fetcher.room = 2
    expect(await refusal(() => drive.actions.copy('/TV Shows/Lost (2004)', '/Offline/Lost', signal))).to.equal(
      'storage_full',
    )
    drive.fetcher.room = 3
    await drive.actions.copy('/TV Shows/Lost (2004)', '/Offline/Lost', signal)
    expect(drive.fetcher.whole.size).to.equal(3)
  })

  it('copies onto itself again, and onto nothing else', async () => {
    await drive.actions.copy('/Movies/Heat (1995)', '/Offline/Heat', signal)
    await drive.actions.copy('/Movies/Heat (1995)', '/Offline/Heat', signal)
    expect(offline()).to.have.length(2)
    const alien = '/Movies/Alien (1979)/Alien (1979).mkv'
    for (const to of ['/Offline/Heat', '/Offline/Heat/HEAT (1995).MKV', '/Offline/Heat/Heat (1995).mkv/x.mkv']) {
      expect(await refusal(() => drive.actions.copy(alien, to, signal)), to).to.equal('conflict')
    }
    expect(
      await refusal(() => drive.actions.copy('/Movies/Alien (1979)', '/Offline/Heat/Heat (1995).mkv', signal)),
    ).to.equal('conflict')
  })

  const refusedCopies: readonly (readonly [from: string, to: string, code: string])[] = [
    ['/Movies/Heat (1995)', '/Movies/Copy (1995)', 'read_only'],
    ['/Movies', '/Offline/all', 'read_only'],
    ['/', '/Offline/all', 'read_only'],
    ['/Movies/Heat (1995)', '/Offline', 'read_only'],
    ['/Movies/Heat (1995)/movie.nfo', '/Offline/movie.nfo', 'read_only'],
    ['/Movies/Heat (1995)/Heat (1995).de.srt', '/Offline/x.srt', 'read_only'],
    ['/Movies/nothing', '/Offline/x', 'not_found'],
    ['/Movies/Heat (1995)', '/Offline/not made/Heat', 'conflict'],
    ['/Movies/Heat (1995)', '/Offline/../x', 'conflict'],
    ['/Movies/Heat (1995)', '/Inbox/x', 'read_only'],
  ]
  for (const [from, to, code] of refusedCopies) {
    it(`refuses COPY ${from} → ${to}: ${code}`, async () => {
      expect(await refusal(() => drive.actions.copy(from, to, signal))).to.equal(code)
    })
  }

  it('refuses what is in the trash', async () => {
    await drive.actions.delete('/Movies/Heat (1995)', signal)
    expect(await refusal(() => drive.actions.copy('/Trash/Heat (1995)', '/Offline/x', signal))).to.equal('read_only')
  })

  it('stops for a client that left, and leaves nothing', async () => {
    const controller = new AbortController()
    const fetchWhole = drive.fetcher.fetchWhole.bind(drive.fetcher)
    drive.fetcher.fetchWhole = (file) => {
      fetchWhole(file)
      controller.abort(new Error('left'))
    }
    expect(
      await refusal(() => drive.actions.copy('/TV Shows/Lost (2004)', '/Offline/Lost', controller.signal)),
    ).to.equal('internal')
  })

  it('gives files the paths that it shows them under, on every client', async () => {
    await drive.actions.makeDirectory('/Offline/for: now?', signal)
    await drive.actions.copy(
      '/Movies/Alien (1979)/Alien (1979).mkv',
      `/Offline/for: now?/${'长'.repeat(100)}.mkv`,
      signal,
    )
    const [path = ''] = offline()
    expect(path).to.equal(`/Offline/for - now/${'长'.repeat(78)}.mkv`)
    await drive.actions.move(path, '/Offline/for - now/👨‍👩‍👧 \u202Eevil.mkv', signal)
    expect(offline()).to.deep.equal(['/Offline/for - now/👨‍👩‍👧 evil.mkv'])
    await drive.actions.delete('/Offline/for - now/👨‍👩‍👧 evil.mkv', signal)
    expect(offline()).to.deep.equal([])
  })

  describe('moves', () => {
    beforeEach(async () => {
      await drive.actions.copy('/TV Shows/Lost (2004)/Season 01', '/Offline/S1', signal)
      await drive.actions.copy('/Movies/Alien (1979)/Alien (1979).mkv', '/Offline/Alien.mkv', signal)
    })

    it('a file, a folder, and into one that was just made', async () => {
      await drive.actions.makeDirectory('/Offline/New', signal)
      await drive.actions.move('/Offline/S1', '/Offline/New/Season', signal)
      await drive.actions.move('/Offline/Alien.mkv', '/Offline/New/Season/Ä.mkv', signal)
      expect(offline()).to.deep.equal([
        '/Offline/New/Season/Lost - S01E01.mkv',
        '/Offline/New/Season/Lost - S01E02.mkv',
        '/Offline/New/Season/Ä.mkv',
      ])
      expect(drive.fetcher.whole.size).to.equal(3)
    })

    it('to the same path in another case', async () => {
      await drive.actions.move('/Offline/S1', '/Offline/s1', signal)
      await drive.actions.move('/Offline/Alien.mkv', '/Offline/ALIEN.mkv', signal)
      expect(offline()).to.deep.equal([
        '/Offline/s1/Lost - S01E01.mkv',
        '/Offline/s1/Lost - S01E02.mkv',
        '/Offline/ALIEN.mkv',
      ])
      expect(drive.fetcher.whole.size).to.equal(3)
    })

    const refused: readonly (readonly [from: string, to: string, code: string])[] = [
      ['/Offline/S1', '/Offline/S1/inner', 'conflict'],
      ['/Offline/S1', '/Offline/Alien.mkv', 'conflict'],
      ['/Offline/Alien.mkv', '/Offline/S1/Lost - S01E01.mkv', 'conflict'],
      ['/Offline/Alien.mkv', '/Offline/not made/Alien.mkv', 'conflict'],
      ['/Offline/nothing', '/Offline/x', 'not_found'],
      ['/Offline/S1', '/Movies/S1', 'read_only'],
      ['/Offline/S1', '/Trash/S1', 'read_only'],
      ['/Offline', '/Offline/x', 'read_only'],
      ['/Movies/Alien (1979)', '/Offline/x', 'read_only'],
    ]
    for (const [from, to, code] of refused) {
      it(`refuses ${from} → ${to}: ${code}`, async () => {
        expect(await refusal(() => drive.actions.move(from, to, signal))).to.equal(code)
      })
    }
  })

  describe('folders that are made', () => {
    const make = (path: string) => drive.actions.makeDirectory(path, signal)
    const copyInto = (folder: string) => drive.actions.copy('/Movies/Alien (1979)', `${folder}/Alien`, signal)

    it('are known for an hour, in each other too', async () => {
      await make('/Offline/a')
      await make('/Offline/a/b')
      expect(await refusal(() => make('/Offline/A'))).to.equal('conflict')
      expect(await refusal(() => make('/Offline/x/y'))).to.equal('conflict')
      expect(await refusal(() => make('/Offline'))).to.equal('conflict')
      expect(await refusal(() => make('/Movies/x'))).to.equal('read_only')
      await copyInto('/Offline/a/B')
      drive.clock.advance(60 * 60_000)
      expect(await refusal(() => copyInto('/Offline/a/c'))).to.equal('conflict')
      expect(await refusal(() => make('/Offline/a')), 'it holds something').to.equal('conflict')
    })

    const folders = () => {
      const { root } = drive.trees.current
      return [...walk(root)].flatMap(({ path, node }) =>
        node.kind === 'directory' && path.startsWith('/Offline/') ? path : [],
      )
    }

    it('show until they are full, or for an hour', async () => {
      await make('/Offline/a')
      await make('/Offline/a/b: c')
      expect(folders()).to.deep.equal(['/Offline/a', '/Offline/a/b - c'])
      await copyInto('/Offline/a')
      expect(folders()).to.have.members(['/Offline/a', '/Offline/a/Alien', '/Offline/a/b - c'])
      await drive.actions.move('/Offline/a', '/Offline/z', signal)
      expect(folders()).to.have.members(['/Offline/z', '/Offline/z/Alien', '/Offline/z/b - c'])
      expect(offline()).to.deep.equal(['/Offline/z/Alien/Alien (1979).mkv'])
      drive.clock.advance(60 * 60_000)
      await drive.trees.settled()
      expect(folders()).to.deep.equal(['/Offline/z', '/Offline/z/Alien'])
      await drive.actions.delete('/Offline/z', signal)
      expect(folders()).to.deep.equal([])
    })

    it('are moved and deleted', async () => {
      await make('/Offline/New folder')
      await drive.actions.move('/Offline/New folder', '/Offline/Train', signal)
      expect(await refusal(() => copyInto('/Offline/New folder'))).to.equal('conflict')
      await drive.actions.delete('/Offline/Train', signal)
      expect(await refusal(() => copyInto('/Offline/Train'))).to.equal('conflict')
      expect(await refusal(() => drive.actions.delete('/Offline/Train', signal))).to.equal('not_found')
    })

    it('are remembered up to a thousand', async () => {
      for (let n = 0; n <= 1000; n++) await make(`/Offline/${n}`)
      expect(await refusal(() => copyInto('/Offline/0'))).to.equal('conflict')
      await copyInto('/Offline/1')
    })
  })
})
