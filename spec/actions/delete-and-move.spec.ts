import { expect } from 'chai'
import { toAppError } from '../../lib/domain/errors.ts'
import { type Drive, openDrive } from './fixture.ts'
import { DELETIONS, HEAT, LOST, MOVES } from './table.ts'

const { signal } = new AbortController()

describe('the library through the drive', () => {
  let drive: Drive

  beforeEach(async () => {
    drive = await openDrive()
  })

  afterEach(() => drive.close())

  const run = async (from: string, to?: string) =>
    to === undefined ? await drive.actions.delete(from, signal) : await drive.actions.move(from, to, signal)

  for (const { before = [], from, to, changes } of [...DELETIONS, ...MOVES]) {
    const first = before.length > 0 ? `after DELETE ${before.map(([path]) => path).join(', ')}: ` : ''
    const what = to === undefined ? `DELETE ${from}` : `MOVE ${from} → ${to}`
    it(`${first}${what}: ${typeof changes === 'string' ? changes : changes.length > 0 ? 'done' : 'nothing to do'}`, async () => {
      for (const [path, target] of before) await run(path, target)
      let failure: unknown
      const seen = await drive.changes(async () => {
        failure = await run(from, to).then(
          () => undefined,
          (error: unknown) => error,
        )
      })
      if (typeof changes === 'string') {
        expect(failure, 'nothing was thrown').to.not.equal(undefined)
        expect(toAppError(failure).code, toAppError(failure).message).to.equal(changes)
        expect(seen).to.deep.equal([])
      } else {
        if (failure) throw failure
        // Whether a sidecar is there depends on what is known of the film, not on this.
        const files = seen.filter((path) => !path.endsWith('/movie.nfo'))
        expect(files.toSorted()).to.deep.equal(changes.toSorted())
      }
    })
  }

  it('says what it would understand', async () => {
    const failure: unknown = await run('/Unsorted/mystery/a.mkv', '/Unsorted/mystery/b.mkv').catch(
      (error: unknown) => error,
    )
    expect(toAppError(failure).message).to.match(
      /"b\.mkv" does not say what it is: name it by title and year, like "Heat \(1995\)"/,
    )
  })

  it('removes the torrents of which a purge leaves nothing', async () => {
    await run(HEAT)
    await run('/Trash/Heat (1995)')
    expect(drive.purged).to.have.length(1)
    await run(`${LOST}/Season 01/Lost - S01E01.mkv`)
    await run('/Trash/Lost (2004)')
    expect(drive.purged, 'the other episode is there').to.have.length(1)
  })

  it('takes a TMDB id from a name', async () => {
    await run(HEAT, `${HEAT} [tmdbid-949]`)
    expect(drive.library.movies({ limit: 1, offset: 0, query: 'heat' }).items[0]).to.include({
      title: 'Heat',
      tmdbId: 949,
    })
    await run('/Unsorted/mystery/a.mkv', '/Movies/Ronin (1998) [tmdbid-8195]/x.mkv')
    expect(drive.library.movies({ limit: 1, offset: 0, query: 'ronin' }).items[0]).to.include({
      year: 1998,
      tmdbId: 8195,
    })
  })

  it('shows what it did when it resolves', async () => {
    await run(HEAT)
    expect(drive.trees.current.find('/Trash/Heat (1995)')).to.not.equal(undefined)
    expect(drive.trees.current.find(HEAT)).to.equal(undefined)
  })

  it('changes nothing for a client that left before', async () => {
    const left = AbortSignal.abort(new Error('left'))
    expect(await drive.actions.delete(HEAT, left).catch((error: unknown) => error)).to.equal(left.reason)
    expect(await drive.actions.move(HEAT, '/Movies/Ronin (1998)', left).catch((error: unknown) => error)).to.equal(
      left.reason,
    )
    expect(drive.trees.current.find(HEAT)).to.not.equal(undefined)
  })

  it('understands both forms of accents in a path', async () => {
    await run('/Unsorted/mystery/a.mkv', '/Movies/Amélie (2001).mkv'.normalize('NFD'))
    expect(drive.paths()).to.include('/Movies/Amélie (2001)/Amélie (2001).mkv')
    await run('/Movies/Amélie (2001)'.normalize('NFD'))
    expect(drive.paths()).to.include('/Trash/Amélie (2001)/Amélie (2001).mkv')
  })
})
