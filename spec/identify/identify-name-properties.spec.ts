import { expect } from 'chai'
import fc from 'fast-check'
import { identifier } from '../../lib/identify/identifier.ts'

const PIECES = [
  'S01E02',
  'S01',
  'E',
  '1x02',
  '-',
  ' - ',
  '.',
  '_',
  '[',
  ']',
  '(',
  ')',
  '01',
  '2011',
  '04',
  '1080p',
  'x264',
  'Show',
  'Part',
  'Season',
  'of',
  '第',
  '话',
  'Серия',
  '~',
  '&',
  'v2',
  'www.',
  '.com',
  '/',
  '\\',
  'aka',
  'complete',
  '1ª',
  'mai',
  '期',
  'yEnc',
  '[01/28]',
  '\u{1F600}',
  '\uD800',
]

describe('identifyName on any text', () => {
  it('never throws and keeps its promises', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 120 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(text, (name) => {
        const identity = identifier.identifyName(name)
        expect(identity.confidence).to.be.within(0, 1)
        expect(identity.episodes).to.deep.equal([...new Set(identity.episodes)].sort((a, b) => a - b))
        for (const number of [...identity.episodes, ...identity.absoluteEpisodes])
          expect(Number.isSafeInteger(number) && number >= 0).to.equal(true)
        if (identity.airDate !== null) expect(new Date(identity.airDate).toISOString()).to.match(/^\d{4}-\d\d-\d\dT/)
        if (identity.type !== 'episode') expect([identity.season, identity.episodes]).to.deep.equal([null, []])
        if (identity.type !== 'unknown' && identity.title !== null) expect(identity.title).to.match(/[\p{L}\p{N}]/u)
      }),
      { numRuns: 1500 },
    )
  })

  it('is done with hostile names of 10,000 characters in no time', () => {
    const hostile = [
      ...PIECES.map((piece) => piece.repeat(10_000 / piece.length)),
      'S01E01'.padEnd(10_000, 'E02'),
      `S01E01-${'02-'.repeat(3300)}`,
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
      `${'a '.repeat(5000)}(2011)`,
      `${'a.'.repeat(5000)}b`,
      `${'('.repeat(9999)}/`,
      `${' '.repeat(9999)}x`,
      `${'0 - '.repeat(2500)}`,
    ]
    const before = performance.now()
    for (const name of hostile) identifier.identifyName(name)
    expect((performance.now() - before) / hostile.length, 'ms a name').to.be.below(50)
  })

  it('is surer of what is named than of what is only placed', () => {
    const sureness = (name: string) => identifier.identifyName(name).confidence
    expect(sureness('Quiet Harbour S01E02')).to.be.above(sureness('[Group] Paper Moon - 02 [1080p]'))
    expect(sureness('[Group] Paper Moon - 02 [1080p]')).to.be.above(sureness('Quiet Harbour 102'))
    expect(sureness('Long Tide (2011) 1080p')).to.be.above(sureness('Long Tide.mkv'))
    expect(sureness('Oss_117--Cairo,_Nest_of_Birds.mkv'), 'a guess stays below the threshold').to.be.below(0.5)
  })

  it('reads the last name of a path, and its folders for what that leaves open', () => {
    const read = (path: string) => {
      const { title, season, episodes } = identifier.identifyName(path)
      return [title, season, ...episodes]
    }
    expect(read('z:\\tv\\Quiet Harbour (2003)\\Season 3\\S03E05 - Reeds.mkv')).to.deep.equal(['Quiet Harbour', 3, 5])
    expect(read('/tv/Quiet Harbour/Season 6/E13 - Reeds.mkv')).to.deep.equal(['Quiet Harbour', 6, 13])
    expect(read('/tv/Quiet Harbour/Specials/S00E16 - Reeds.avi')).to.deep.equal(['Quiet Harbour', 0, 16])
    expect(read('/tv/Quiet.Harbour.S02E19.720p-GRP/ba27283b17c00d01193eacc02a8ba98eeb523a76.mkv')).to.deep.equal([
      'Quiet Harbour',
      2,
      19,
    ])
    expect(read('/films/Long Tide (1995)/Long Tide [HDTV 720p].mkv')).to.deep.equal(['Long Tide', null])
  })
})
