import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import type { EpisodeMetadata, MovieMetadata, ShowMetadata, StreamDetails } from '../../lib/domain/metadata.ts'
import { episodeNfo, movieNfo, showNfo } from '../../lib/sidecars/nfo.ts'

const MOVIE: MovieMetadata = {
  tmdbId: 101,
  imdbId: 'tt0000101',
  title: 'Léon: <The> "Professional" & Co',
  originalTitle: 'Léon',
  year: 1994,
  releaseDate: '1994-09-14',
  plot: 'A man, a girl & a plant.\nIt ends.',
  tagline: "He moves without sound; it's his trade.",
  genres: ['Crime', 'Drama'],
  runtimeMinutes: 111,
  rating: { value: 8.3, votes: 14_000 },
  posterPath: '/p.jpg',
  fanartPath: '/f.jpg',
}

const EPISODE: EpisodeMetadata = {
  tmdbId: 4711,
  number: 1,
  name: 'The One & Only',
  airDate: '2005-03-24',
  plot: 'It begins.',
  runtimeMinutes: 22,
  rating: { value: 7.25, votes: 12 },
  stillPath: null,
}

const SHOW: ShowMetadata = {
  tmdbId: 2316,
  imdbId: 'tt0386676',
  tvdbId: 73_244,
  title: 'The Office',
  originalTitle: 'The Office',
  year: 2005,
  firstAirDate: '2005-03-24',
  hasEnded: false,
  plot: 'Paper is sold.',
  genres: ['Comedy'],
  rating: { value: 8.6, votes: 4000 },
  posterPath: null,
  fanartPath: null,
  seasons: [
    { number: 0, name: 'Specials', posterPath: null, episodes: [] },
    { number: 1, name: null, posterPath: null, episodes: [EPISODE] },
  ],
}

const STREAMS: StreamDetails = {
  durationSeconds: 6620.4,
  video: [{ codec: 'hevc', width: 3840, height: 2160, hdr: 'hdr10' }],
  audio: [
    { codec: 'eac3', language: 'eng', channels: 6 },
    { codec: 'aac', language: null, channels: null },
  ],
  subtitles: [{ language: 'ger' }],
}

const bareEpisode = (number: number): EpisodeMetadata => ({
  tmdbId: null,
  number,
  name: null,
  airDate: null,
  plot: null,
  runtimeMinutes: null,
  rating: null,
  stillPath: null,
})

/** With UPDATE_GOLDEN the files are made anew. */
function expectGolden(name: string, text: string): void {
  const url = new URL(`../golden/nfo/${name}`, import.meta.url)
  if (process.env.UPDATE_GOLDEN) writeFileSync(url, text)
  expect(text).to.equal(readFileSync(url, 'utf8'))
}

describe('nfo', () => {
  it('of a movie', () => expectGolden('movie.nfo', movieNfo(MOVIE, STREAMS)))
  it('of a movie of which little is known', () =>
    expectGolden(
      'movie-bare.nfo',
      movieNfo(
        {
          ...MOVIE,
          imdbId: null,
          title: 'Bare',
          originalTitle: null,
          year: null,
          releaseDate: null,
          plot: null,
          tagline: null,
          genres: [],
          runtimeMinutes: null,
          rating: null,
        },
        {
          durationSeconds: null,
          video: [{ codec: 'av1', width: null, height: null, hdr: null }],
          audio: [],
          subtitles: [],
        },
      ),
    ))
  it('of a show', () => expectGolden('tvshow.nfo', showNfo(SHOW)))
  it('of an episode', () => expectGolden('episode.nfo', episodeNfo(SHOW, [{ season: 1, metadata: EPISODE }], STREAMS)))
  it('of a file of two episodes, one without a name', () =>
    expectGolden(
      'episodes.nfo',
      episodeNfo(SHOW, [
        { season: 1, metadata: EPISODE },
        { season: 1, metadata: bareEpisode(2) },
      ]),
    ))

  it('is well-formed and says what it was given, whatever that is', () => {
    const parser = new XMLParser({ parseTagValue: false, trimValues: false, ignoreDeclaration: true })
    const text = fc.string({ unit: 'binary', minLength: 1 })
    fc.assert(
      fc.property(text, text, (title, plot) => {
        const xml = movieNfo({ ...MOVIE, title: `[${title}]`, plot })
        expect(XMLValidator.validate(xml)).to.equal(true)
        expect(isLegalXml(xml)).to.equal(true)
        const read: unknown = parser.parse(xml)
        expect(read).to.have.nested.property('movie.title', normalized(`[${title}]`))
      }),
    )
    const nasty = '\u0000\u0008\u000b\u001f\u007f\u0085\ufffe\uffff\ud800x\udc00]]><&"\'\t\n\u{1f3ac}'
    const xml = movieNfo({ ...MOVIE, title: nasty })
    expect(isLegalXml(xml)).to.equal(true)
    expect(xml).to.include("<title>x]]&gt;&lt;&amp;&quot;'\t\n\u{1f3ac}</title>")
  })
})

/** XML 1.0 section 2.2, `Char`. */
const isLegalXml = (text: string): boolean =>
  Array.from(text).every((character) => {
    const code = character.codePointAt(0) ?? 0
    return (
      code === 9 ||
      code === 10 ||
      code === 13 ||
      (code >= 0x20 && code <= 0xd7ff) ||
      (code >= 0xe000 && code <= 0xfffd) ||
      code >= 0x10000
    )
  })

const normalized = (text: string): string =>
  Array.from(text)
    .filter((character) => isLegalXml(character) && !/[\u007f-\u009f]/.test(character))
    .join('')
    .replace(/\r\n?/g, '\n')
