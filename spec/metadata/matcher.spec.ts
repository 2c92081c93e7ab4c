import { expect } from 'chai'
import fc from 'fast-check'
import { foldTitle } from '../../lib/metadata/fold-title.ts'
import {
  bestMatch,
  type Candidate,
  MATCH_THRESHOLD,
  scoreOf,
  splitCountry,
  type Wanted,
} from '../../lib/metadata/matcher.ts'
import { titleScore } from '../../lib/metadata/title-score.ts'

const movie = (title: string, year: number | null = null): Wanted => ({ kind: 'movie', title, year })
const show = (title: string, year: number | null = null): Wanted => ({ kind: 'show', title, year })
let nextId = 1
const candidate = (title: string, year: number | null, votes = 100, ...countries: string[]): Candidate => ({
  tmdbId: nextId++,
  titles: [title],
  year,
  votes,
  popularity: votes / 10,
  countries,
})

describe('foldTitle', () => {
  const same: [string, string][] = [
    ['Amélie', 'AMELIE'],
    ['WALL·E', 'wall e'],
    ["Ocean's Eleven", 'Oceans Eleven'],
    ['Ocean’s Eleven', 'Oceans Eleven'],
    ['Fast & Furious', 'Fast and Furious'],
    ['Rocky III', 'Rocky 3'],
    ['Léon: The Professional', 'Leon The Professional'],
    ['Straße', 'Strasse'],
    ['Smørrebrød', 'Smorrebrod'],
    ['Mission: Impossible – Fallout', 'Mission Impossible - Fallout'],
    ['Ｆｕｌｌ Ｗｉｄｔｈ', 'full width'],
  ]
  for (const [a, b] of same) {
    it(`takes ${a} for ${b}`, () => expect(foldTitle(a)).to.deep.equal(foldTitle(b)))
  }

  it('keeps scripts without letter case, and a leading numeral', () => {
    expect(foldTitle('千と千尋の神隠し')).to.have.length(1)
    expect(foldTitle('V for Vendetta')).to.deep.equal(['v', 'for', 'vendetta'])
  })
})

describe('titleScore', () => {
  const cases: [string, string, (score: number) => boolean][] = [
    ['The Matrix', 'The Matrix', (score) => score === 1],
    ['Office', 'The Office', (score) => score > 0.95 && score < 1],
    ['Spiderman', 'Spider-Man', (score) => score > 0.95 && score < 1],
    ['Borat', 'Borat: Cultural Learnings of America', (score) => score === 0.8],
    ['Birds of Prey', 'Birds of Prey (and the Fantabulous Emancipation)', (score) => score === 0.8],
    ['Rocky 3', 'Rocky 4', (score) => score < 0.4],
    ['The Matrix', 'The Matrix Reloaded', (score) => score < 0.7],
    ['Alien', 'Aliens', (score) => score < MATCH_THRESHOLD],
    [
      'Indiana Jones and the Kingdom of the Crystal Skul',
      'Indiana Jones and the Kingdom of the Crystal Skull',
      (score) => score > 0.75,
    ],
    ['Heat', 'Inception', (score) => score < 0.3],
    ['$', '$', (score) => score === 1],
    ['$', '€', (score) => score === 0],
    ['', '', (score) => score === 0],
    ['千と千尋', '千と千尋', (score) => score === 1],
  ]
  for (const [a, b, fits] of cases) {
    it(`of ${a || 'nothing'} and ${b || 'nothing'}`, () => expect(titleScore(a, b)).to.satisfy(fits))
  }

  it('is between 0 and 1, the same both ways, and 1 for a title with letters and itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(titleScore(a, b)).to.be.within(0, 1)
        expect(titleScore(a, b)).to.be.closeTo(titleScore(b, a), 1e-9)
        if (a.trim() !== '') expect(titleScore(a, a)).to.equal(1)
      }),
    )
  })
})

describe('bestMatch', () => {
  const chosen = (wanted: Wanted, candidates: Candidate[]): string => {
    const match = bestMatch(wanted, candidates)
    if (match.kind !== 'match') return match.kind
    const { titles, year } = match.best.candidate
    return `${titles[0]} ${year}`
  }
  const dunes = () => [candidate('Dune', 2021, 12_000), candidate('Dune', 1984, 3000)]

  const cases: [string, Wanted, () => Candidate[], string][] = [
    ['takes title and year', movie('Dune', 1984), dunes, 'Dune 1984'],
    ['takes a year off by one', movie('Dune', 2020), dunes, 'Dune 2021'],
    [
      'prefers the right year to one off by one',
      movie('X', 2001),
      () => [candidate('X', 2002, 9000), candidate('X', 2001, 3)],
      'X 2001',
    ],
    ['takes no other year', movie('Dune', 2000), dunes, 'none'],
    ['leaves two of one title when no year tells', movie('Dune'), dunes, 'ambiguous'],
    [
      'takes the one that everybody means',
      movie('Inception'),
      () => [candidate('Inception', 2011, 2), candidate('Inception', 2010, 36_000)],
      'Inception 2010',
    ],
    [
      'leaves two that nobody voted for',
      movie('Home', 2010),
      () => [candidate('Home', 2010, 0), candidate('Home', 2010, 0)],
      'ambiguous',
    ],
    [
      'leaves two of one title and year',
      movie('Home', 2010),
      () => [candidate('Home', 2010, 60), candidate('Home', 2010, 90)],
      'ambiguous',
    ],
    [
      'lets no votes lift a wrong title',
      movie('The Matrix', 2003),
      () => [candidate('The Matrix Reloaded', 2003, 90_000)],
      'none',
    ],
    [
      'lets no votes beat an exact title',
      movie('Gravity', 2013),
      () => [candidate('Gravity: Return', 2013, 90_000), candidate('Gravity', 2013, 5)],
      'Gravity 2013',
    ],
    ['takes a title alone', movie('Inception'), () => [candidate('Inception', 2010)], 'Inception 2010'],
    [
      'takes no subtitled one without a year',
      movie('Borat'),
      () => [candidate('Borat: Cultural Learnings', 2006)],
      'none',
    ],
    [
      'takes a subtitled one of the year',
      movie('Borat', 2006),
      () => [candidate('Borat: Cultural Learnings', 2006)],
      'Borat: Cultural Learnings 2006',
    ],
    ['takes one without a date', movie('Unreleased', 2027), () => [candidate('Unreleased', null)], 'Unreleased null'],
    ['finds nothing in nothing', movie('Anything'), () => [], 'none'],
    [
      'takes a show by its country',
      show('The Office US'),
      () => [candidate('The Office', 2001, 300, 'GB'), candidate('The Office', 2005, 300, 'US')],
      'The Office 2005',
    ],
    [
      'takes a show by its country in brackets',
      show('The Office (UK)'),
      () => [candidate('The Office', 2001, 300, 'GB'), candidate('The Office', 2005, 300, 'US')],
      'The Office 2001',
    ],
    ['takes no movie by a country', movie('The Office US'), () => [candidate('The Office', 2005, 300, 'US')], 'none'],
  ]
  for (const [name, wanted, candidates, result] of cases) {
    it(name, () => expect(chosen(wanted, candidates())).to.equal(result))
  }

  it('reads a country only at the end', () => {
    expect(splitCountry('Being Human UK')).to.deep.equal({ title: 'Being Human', country: 'GB' })
    for (const title of ['US', 'The Us', 'US Marshals', 'Us']) expect(splitCountry(title).country).to.equal(undefined)
  })

  it('never takes what scores below the threshold, in whatever order it comes', () => {
    const title = fc.constantFrom('Dune', 'Dune: Part Two', 'Dunes', 'The Dune', 'Alien', 'Aliens')
    const year = fc.option(fc.integer({ min: 1980, max: 1984 }))
    const candidates = fc.array(
      fc.tuple(title, year, fc.integer({ min: 0, max: 5000 })).map(([name, of, votes]) => candidate(name, of, votes)),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(title, year, candidates, (name, of, given) => {
        const wanted = movie(name, of)
        const match = bestMatch(wanted, given)
        const best = Math.max(0, ...given.map((one) => scoreOf(wanted, one)))
        if (match.kind === 'match') {
          expect(match.best.score).to.be.within(MATCH_THRESHOLD, 1)
          expect(match.best.score).to.be.closeTo(best, 0.05)
        } else if (match.kind === 'none') {
          expect(best).to.be.below(MATCH_THRESHOLD)
        } else {
          expect(match.scored.length).to.be.above(1)
        }
        expect(bestMatch(wanted, given.toReversed()).kind).to.equal(match.kind)
      }),
    )
  })
})
