import { expect } from 'chai'
import fc from 'fast-check'
import { systemClock } from '../../lib/domain/clock.ts'
import { movieId, showId } from '../../lib/domain/ids.ts'
import type { SearchHit } from '../../lib/domain/library.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { type Library, openLibrary } from '../../lib/library/library.ts'
import { movieMetadata, showMetadata } from './fixtures.ts'

const short = (hit: SearchHit) => {
  const place = hit.kind === 'episode' ? ` ${hit.season}x${hit.episode} ${hit.name}` : ''
  return `${hit.kind} ${hit.title} (${hit.year})${place}`
}

describe('the search of titles', () => {
  let library: Library

  beforeEach(() => {
    library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
  })
  afterEach(() => library.close())

  const addMovies = (...titles: string[]) => {
    for (const title of titles) library.createMovie({ title, year: 2000 })
  }
  const addShow = (title: string, ...names: (string | null)[]) =>
    library.createShow({
      title,
      year: 2010,
      seasons: [{ number: 1, episodes: names.map((name, i) => ({ number: i + 1, name })) }],
    })
  const found = (query: string, limit = 20) => library.search(query, limit).map(short)
  const titles = (query: string) =>
    library.search(query, 20).map((hit) => (hit.kind === 'episode' ? hit.name : hit.title))

  it('finds movies, shows and episodes with all that tells where they are', () => {
    addMovies('Winter Light')
    const { id, seasons } = addShow('Winter Tales', 'A Cold Winter', null)
    const [episode] = seasons[0]?.episodes ?? []
    expect(library.search('winter', 20)).to.deep.equal([
      { kind: 'movie', id: 1, title: 'Winter Light', year: 2000 },
      { kind: 'show', id, title: 'Winter Tales', year: 2010 },
      {
        kind: 'episode',
        id: episode?.id,
        showId: id,
        title: 'Winter Tales',
        year: 2010,
        season: 1,
        episode: 1,
        name: 'A Cold Winter',
      },
    ])
  })

  const CASES: readonly (readonly [query: string, ...titles: string[]])[] = [
    ['ATRI', 'Matrix', 'The Matrix Reloaded'],
    ['matrix reloaded', 'The Matrix Reloaded'],
    ['reloaded the', 'The Matrix Reloaded'],
    ['amelie', 'Amélie'],
    ['AMÉLIE', 'Amélie'],
    ['Ame\u0301lie', 'Amélie'],
    ['göttliche', 'Das göttliche Mädchen'],
    ['it', 'It', 'It Follows', 'When It Rains'],
    ['i', 'It', 'I, Robot', 'It Follows'],
    ['i robot', 'I, Robot'],
    ['follows i', 'It Follows'],
    ['千尋の', '千と千尋の神隠し'],
    ['千と', '千と千尋の神隠し'],
    ['"heat"', 'A "Heat" Wave'],
    ['50%', '50% Off'],
    ['xyz'],
    ['matrix xyz'],
    ['  '],
  ]
  for (const [query, ...wanted] of CASES) {
    it(`for ${JSON.stringify(query)} finds ${wanted.join(', ') || 'nothing'}`, () => {
      addMovies('Matrix', 'The Matrix Reloaded', 'Amélie', 'Das göttliche Mädchen', 'When It Rains', 'It Follows', 'It')
      addMovies('千と千尋の神隠し', 'A "Heat" Wave', '50% Off', 'I, Robot')
      expect(titles(query)).to.deep.equal(wanted)
    })
  }

  it('has the closest first: the title itself, what begins so, what has it as a word, the rest', () => {
    addMovies('Inheritance', 'White Heat', 'Heat and Dust', 'Heat', 'Cheat')
    addShow('Heat', 'heat')
    expect(found('heat')).to.deep.equal([
      'movie Heat (2000)',
      'show Heat (2010)',
      'episode Heat (2010) 1x1 heat',
      'movie Heat and Dust (2000)',
      'movie White Heat (2000)',
      'movie Cheat (2000)',
    ])
    expect(found('heat', 2)).to.have.length(2)
  })

  it('finds the title itself among more than it looks at', () => {
    addMovies(...Array.from({ length: 500 }, (_, i) => `A Night ${i}`), 'Night')
    expect(titles('night')[0]).to.equal('Night')
  })

  it('follows what is renamed, named, and deleted', () => {
    addMovies('Matrix')
    const { id } = addShow('Office', 'Pilot', null)
    library.saveMovie(movieId(1), movieMetadata('Heat'), null)
    library.saveShow(id, showMetadata('Other Office', 2), null)
    expect([found('matrix'), found('heat'), found('pilot'), found('name 2')]).to.deep.equal([
      [],
      ['movie Heat (2010)'],
      [],
      ['episode Other Office (2010) 1x2 Name 2'],
    ])
    library.deleteShow(showId(1))
    library.deleteMovie(movieId(1))
    expect([found('heat'), found('office'), found('name')]).to.deep.equal([[], [], []])
  })

  it('takes any text', () => {
    addMovies('Matrix', 'He said "no" AND left', 'NEAR(a b)')
    const hostile = [
      '"',
      '""',
      '\0',
      'a\0bc',
      'matrix" OR "x',
      '*',
      'NEAR(a b)',
      '{a b}: c',
      '^abc',
      '-abc',
      'a:bcd',
      "'",
      ';--',
    ]
    for (const query of [...hostile, '\ud800abc', 'x'.repeat(10_000), 'ab '.repeat(5000), '"'.repeat(10_000)]) {
      expect(library.search(query, 5), query.slice(0, 20)).to.be.an('array')
    }
    expect(titles('"no" AND')).to.deep.equal(['He said "no" AND left'])
    expect(titles('NEAR(a')).to.deep.equal(['NEAR(a b)'])
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (query) => {
        library.search(query, 5)
      }),
    )
  })

  it('finds every title by each three letters of it, and by two that begin a word', () => {
    const word = fc.stringMatching(/^[a-zé]{3,8}$/)
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.array(word, { minLength: 1, maxLength: 3 }), {
          selector: (words) => words.join(' '),
          maxLength: 5,
        }),
        (list) => {
          const library = openLibrary({ path: ':memory:', logger: silentLogger, clock: systemClock })
          try {
            for (const words of list) library.createMovie({ title: words.join(' '), year: null })
            for (const words of list) {
              const title = words.join(' ')
              for (let at = 0; at + 3 <= title.length; at++) {
                const part = title.slice(at, at + 3)
                if (part.includes(' ')) continue
                expect(
                  library.search(part, 20).map((hit) => hit.title),
                  part,
                ).to.include(title)
              }
              for (const one of words)
                expect(library.search(one.slice(0, 2), 20).map((hit) => hit.title)).to.include(title)
            }
          } finally {
            library.close()
          }
        },
      ),
      { numRuns: 10 },
    )
  })
})
