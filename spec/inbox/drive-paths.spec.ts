import { expect } from 'chai'
import { infoHash } from '../../lib/domain/ids.ts'
import { drivePaths } from '../../lib/inbox/drive-paths.ts'
import { type Outline, treeOf } from '../support/tree-fixture.ts'
import { FILM_HASH, filmTree } from './fixture.ts'

const never = new AbortController().signal
const OTHER = infoHash('cd'.repeat(20))

describe('drivePaths', () => {
  it('finds the files of the torrents asked for, in the order of the listings', async () => {
    const paths = await drivePaths(filmTree, new Set([FILM_HASH, OTHER]), never)
    expect([...paths]).to.deep.equal([
      [
        FILM_HASH,
        [
          '/Movies/A Film (2020)/A Film (2020).mkv',
          '/Movies/A Film (2020)/A Film (2020).en.srt',
          '/Unsorted/A.Film.2020/read me.nfo',
        ],
      ],
    ])
    expect((await drivePaths(filmTree, new Set([OTHER]), never)).size).to.equal(0)
  })

  it('lets the event loop go on in a large tree, and ends with the signal', async () => {
    const movies: Record<string, Outline> = {}
    for (let film = 0; film < 20_000; film++) movies[`Film ${film}`] = { 'film.mkv': 1 }
    const tree = treeOf({ Movies: movies })
    let turns = 0
    let isDone = false
    const count = (): void => {
      turns += 1
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    const paths = await drivePaths(tree, new Set([FILM_HASH]), never)
    isDone = true
    expect(paths.get(FILM_HASH)).to.have.length(20_000)
    expect(turns).to.be.at.least(9)

    const reason = new Error('closing')
    const failure = await drivePaths(tree, new Set([FILM_HASH]), AbortSignal.abort(reason)).catch((error) => error)
    expect(failure).to.equal(reason)
  })
})
