import { expect } from 'chai'
import fc from 'fast-check'
import { identifier } from '../../lib/identify/identifier.ts'
import { places } from './places.ts'

const known = (...sizes: readonly number[]): ReadonlyMap<number, readonly number[]> =>
  new Map(sizes.map((size, index) => [index + 1, Array.from({ length: size }, (_, episode) => episode + 1)]))

describe('identifyFiles', () => {
  it('places a season pack by its files, with names and without', () => {
    expect(
      places('Quiet.Harbour.S02.720p.x264-GRP', [
        'Quiet.Harbour.S02.720p.x264-GRP/quiet.harbour.s02e01.the.net.720p.x264-grp.mkv',
        'Quiet.Harbour.S02.720p.x264-GRP/quiet.harbour.s02e02.720p.x264-grp.mkv',
        'Quiet.Harbour.S02.720p.x264-GRP/quiet.harbour.s02e03e04.720p.x264-grp.mkv',
      ]),
    ).to.deep.equal(['Quiet Harbour S2E1 The Net', 'Quiet Harbour S2E2', 'Quiet Harbour S2E3,4'])
  })

  it('takes show and season from the folders', () => {
    expect(
      places('Quiet Harbour Complete', [
        'Quiet Harbour Complete/Season 1/01 - The Net.mkv',
        'Quiet Harbour Complete/Season 1/02 - The Rope.mkv',
        'Quiet Harbour Complete/Season 2/01 - The Sail.mkv',
        'Quiet Harbour Complete/Season 2/02 - The Oar.mkv',
        'Quiet Harbour Complete/Specials/01 - The Making.mkv',
      ]),
    ).to.deep.equal([
      'Quiet Harbour S1E1 The Net',
      'Quiet Harbour S1E2 The Rope',
      'Quiet Harbour S2E1 The Sail',
      'Quiet Harbour S2E2 The Oar',
      'Quiet Harbour S0E1 The Making',
    ])
  })

  it('takes the year of a later season for none of the show', () => {
    expect(places('Quiet.Harbour.S05.2009.720p', ['Quiet.Harbour.S05E01.2009.720p.mkv'])).to.deep.equal([
      'Quiet Harbour S5E1',
    ])
    expect(places('Quiet.Harbour.S01.2009.720p', ['Quiet.Harbour.S01E01.2009.720p.mkv'])).to.deep.equal([
      'Quiet Harbour (2009) S1E1',
    ])
  })

  it('takes the title from the torrent when the files abbreviate it', () => {
    expect(places('Quiet.Harbour.S01.720p', ['p/qh.101.mkv', 'p/qh.102.mkv', 'p/qh.103.mkv'])).to.deep.equal([
      'Quiet Harbour S1E1',
      'Quiet Harbour S1E2',
      'Quiet Harbour S1E3',
    ])
    expect(places('Quiet.Harbour.S01.720p', ['p/qh101.avi', 'p/qh102.avi'])).to.deep.equal([
      'Quiet Harbour S1E1',
      'Quiet Harbour S1E2',
    ])
  })

  it('reads an obfuscated file by the release folder around it', () => {
    expect(
      places('Quiet.Harbour.S01E04.720p-GRP', ['Quiet.Harbour.S01E04.720p-GRP/a94a8fe5ccb19ba61c4c0873d391e987.mkv']),
    ).to.deep.equal(['Quiet Harbour S1E4'])
  })

  it('lets siblings decide what three digits are', () => {
    const numbered = (...numbers: readonly number[]) =>
      places(
        'Quiet Harbour',
        numbers.map((number) => `Quiet Harbour/Quiet Harbour ${number}.mkv`),
      )
    expect(numbered(101, 102, 201)).to.deep.equal(['Quiet Harbour S1E1', 'Quiet Harbour S1E2', 'Quiet Harbour S2E1'])
    expect(numbered(198, 199, 200, 201)).to.deep.equal(
      [198, 199, 200, 201].map((number) => `Quiet Harbour S1E${number}`),
    )
  })

  it('finds the number that differs from file to file', () => {
    expect(
      places('Room 9 Complete', [
        'Room 9 Complete/Room 9 - 1 of 3.mkv',
        'Room 9 Complete/Room 9 - 2 of 3.mkv',
        'Room 9 Complete/Room 9 - 3 of 3.mkv',
      ]),
    ).to.deep.equal(['Room 9 S1E1', 'Room 9 S1E2', 'Room 9 S1E3'])
    expect(places('Old Plays', ['Old Plays/01.avi', 'Old Plays/02.avi', 'Old Plays/03.avi'])).to.deep.equal([
      'Old Plays S1E1',
      'Old Plays S1E2',
      'Old Plays S1E3',
    ])
  })

  it('maps absolute numbers through the known episodes', () => {
    const hints = { kind: 'show', title: 'Paper Moon', year: 2010, episodes: known(26, 26) } as const
    expect(
      places('Paper Moon', ['x/[Group] Paper Moon - 30 [720p].mkv', 'x/[Group] Paper Moon - 31 [720p].mkv'], hints),
    ).to.deep.equal(['Paper Moon (2010) S2E4', 'Paper Moon (2010) S2E5'])
    expect(
      places('Paper Moon', ['x/Paper Moon 105.mkv'], { ...hints, episodes: known(200) }),
      'no 105 in a season 1 of scene numbers',
    ).to.deep.equal(['Paper Moon (2010) S1E5'])
  })

  it('places anime without a season in season 1', () => {
    expect(
      places('[Group] Paper Moon (01-12) [1080p]', [
        'p/[Group] Paper Moon - 01 [1080p].mkv',
        'p/[Group] Paper Moon - 02v2 [1080p].mkv',
        'p/[Group] Paper Moon - NCOP1 [1080p].mkv|90',
      ]),
    ).to.deep.equal(['Paper Moon S1E1', 'Paper Moon S1E2', 'extra'])
  })

  it('tells an anime batch from its openings, its specials and its previews', () => {
    expect(
      places('[Group] Paper Moon (Season 1 + OVA) [BD 1080p]', [
        'p/[Group] Paper Moon - 01 [BD 1080p][A1B2C3D4].mkv',
        'p/[Group] Paper Moon - 02v2 [BD 1080p][A1B2C3D5].mkv',
        'p/OVA/[Group] Paper Moon - OVA 01 [BD 1080p].mkv',
        'p/[Group] Paper Moon - SP2 [BD 1080p].mkv',
        'p/Extras/[Group] Paper Moon - NCED [BD 1080p].mkv|80',
        'p/[Group] Paper Moon - PV1 [BD 1080p].mkv|50',
        'p/[Group] Paper Moon - Creditless ED1 [BD].mkv|60',
      ]),
    ).to.deep.equal([
      'Paper Moon S1E1',
      'Paper Moon S1E2',
      'Paper Moon S0E1',
      'Paper Moon S0E2',
      'extra',
      'extra',
      'extra',
    ])
  })

  it('counts the parts of a mini-series as episodes, and two as the halves of a film', () => {
    expect(
      places('The Ferrymen (2015) 1080p BluRay x265', [
        'The Ferrymen/The Ferrymen Part 1.mkv|4000',
        'The Ferrymen/The Ferrymen Part 2.mkv|4100',
        'The Ferrymen/The Ferrymen Part 3.mkv|3900',
        'The Ferrymen/Featurettes/The Boats.mkv|500',
      ]),
    ).to.deep.equal(['The Ferrymen (2015) S1E1', 'The Ferrymen (2015) S1E2', 'The Ferrymen (2015) S1E3', 'extra'])
    expect(
      places('The Ferrymen Miniseries 1080p', ['d/The Ferrymen Part 1.mkv', 'd/The Ferrymen Part 2.mkv']),
    ).to.deep.equal(['The Ferrymen S1E1', 'The Ferrymen S1E2'])
    expect(places('The Ferrymen (2015)', ['d/The Ferrymen part1.mkv', 'd/The Ferrymen part2.mkv'])).to.deep.equal([
      'The Ferrymen (2015)',
      'The Ferrymen (2015)',
    ])
  })

  it('takes seasons that count on back to their own numbers', () => {
    const paths = (...seasons: readonly (readonly number[])[]) =>
      seasons.flatMap((numbers, index) =>
        numbers.map((number) => `d/Season ${index + 1}/Paper Moon - ${String(number).padStart(2, '0')}.mkv`),
      )
    expect(places('Paper Moon Complete', paths([1, 2, 3], [4, 5]))).to.deep.equal(
      ['1E1', '1E2', '1E3', '2E1', '2E2'].map((place) => `Paper Moon S${place}`),
    )
    expect(places('Paper Moon Complete', paths([1, 2, 3], [1, 2])), 'each from 1').to.deep.equal(
      ['1E1', '1E2', '1E3', '2E1', '2E2'].map((place) => `Paper Moon S${place}`),
    )
    expect(places('Paper Moon Complete', paths([1, 2, 3], [5, 6])), 'with a gap').to.deep.equal(
      ['1E1', '1E2', '1E3', '2E5', '2E6'].map((place) => `Paper Moon S${place}`),
    )
  })

  it('places two seasons with their extras, a double episode and one numbered 0', () => {
    expect(
      places('Quiet.Harbour.S01-S02.1080p.BluRay.x265-GRP', [
        'd/Season 1/Quiet Harbour - S01E01 - The Net.mkv',
        'd/Season 1/Featurettes/Gag Reel.mkv|90',
        'd/Season 2/Quiet Harbour - S02E00 - Recap.mkv|300',
        'd/Season 2/Quiet Harbour - S02E02-E03 - The Oar.mkv|1400',
        'd/Season 2/Featurettes/Deleted Scenes.mkv|120',
        'd/Subs/Quiet Harbour - S01E01.srt|0',
      ]),
    ).to.deep.equal([
      'Quiet Harbour S1E1 The Net',
      'extra',
      'Quiet Harbour S2E0 Recap',
      'Quiet Harbour S2E2,3 The Oar',
      'extra',
      'subtitle',
    ])
  })

  it('reads hundreds that leap from season to season as seasons, and a run through them as a count', () => {
    const files = (numbers: readonly number[]) => numbers.map((number) => `d/Quiet Harbour - ${number} - Name.avi`)
    expect(places('Quiet Harbour', files([101, 102, 103, 201, 202]))).to.deep.equal([
      'Quiet Harbour S1E1 Name',
      'Quiet Harbour S1E2 Name',
      'Quiet Harbour S1E3 Name',
      'Quiet Harbour S2E1 Name',
      'Quiet Harbour S2E2 Name',
    ])
    expect(places('Quiet Harbour', files([198, 199, 200, 201]))).to.deep.equal([
      'Quiet Harbour S1E198 Name',
      'Quiet Harbour S1E199 Name',
      'Quiet Harbour S1E200 Name',
      'Quiet Harbour S1E201 Name',
    ])
  })

  it('numbers no titles of a ripped disc, and calls no show by the number of its file', () => {
    expect(places('Quiet.Harbour.S01D01.DVD', ['d/title_t00.mkv', 'd/title_t01.mkv', 'd/title_t02.mkv'])).to.deep.equal(
      ['no_episode_number S1E', 'no_episode_number S1E', 'no_episode_number S1E'],
    )
    expect(places('Season 1', ['Season 1/1.mkv', 'Season 1/2.mkv', 'Season 1/3.mkv'])).to.deep.equal([
      'no_title S1E1',
      'no_title S1E2',
      'no_title S1E3',
    ])
  })

  it('leaves the counters of a collection out of its titles', () => {
    expect(
      places('Long Tide 1-3 Collection', [
        'd/1. Long Tide (2001).mkv|5000',
        'd/2. Long Tide Returns (2002).mkv|5000',
        'd/03 Long Tide Forever (2004).mkv|4000',
      ]),
    ).to.deep.equal(['Long Tide (2001)', 'Long Tide Returns (2002)', 'Long Tide Forever (2004)'])
  })

  it('takes the only file of a fansub group for a film, and an opening for none', () => {
    expect(places('[Group] Long Tide [BD 1080p]', ['[Group] Long Tide [BD 1080p].mkv|5000'])).to.deep.equal([
      'Long Tide',
    ])
    expect(places('[Group] Long Tide - NCOP1', ['[Group] Long Tide - NCOP1 [BD 1080p].mkv'])).to.deep.equal([
      'low_confidence',
    ])
  })

  it('takes the lone film of a group for a film, though its torrent reads like a show', () => {
    expect(
      places('[Group] Paper Moon (BD 1080p FLAC)', [
        '[Group] Paper Moon (BD 1080p FLAC)/[Group] Paper Moon (BD 1080p).mkv',
      ]),
    ).to.deep.equal(['Paper Moon'])
  })

  it('takes a title in two scripts as the torrent gives it', () => {
    expect(
      places('Тихая гавань / Quiet Harbour / Сезон 1 / Серии 1-2 (8) [2021, WEB-DL 1080p] MVO', [
        'd/Тихая гавань.s01e01.mkv',
        'd/Тихая гавань.s01e02.mkv',
      ]),
    ).to.deep.equal(['Quiet Harbour (2021) S1E1', 'Quiet Harbour (2021) S1E2'])
    expect(
      places('[字幕组] 纸月 / Paper Moon [01-02][1080p]', [
        'd/[字幕组][Paper Moon][01][1080p].mkv',
        'd/[字幕组][Paper Moon][02][1080p].mkv',
        'd/[字幕组][Paper Moon][SP01][1080p].mkv',
      ]),
    ).to.deep.equal(['Paper Moon S1E1', 'Paper Moon S1E2', 'Paper Moon S0E1'])
    expect(
      places('La Bahia Tranquila - Temporada 2 [HDTV 720p][Castellano]', [
        'd/La Bahia Tranquila 2x01 [HDTV].avi',
        'd/Bahia.Cap.203.avi',
      ]),
    ).to.deep.equal(['La Bahia Tranquila S2E1', 'La Bahia Tranquila S2E3'])
  })

  it('places a week of a daily show', () => {
    expect(
      places('Late.Lamp.2019.10.21-2019.10.25.720p.WEB', [
        'd/Late.Lamp.2019.10.21.Ann.Reed.720p.WEB.mkv',
        'd/Late.Lamp.2019.10.22.720p.WEB.mkv',
      ]),
    ).to.deep.equal(['Late Lamp S2019E1021 Ann Reed', 'Late Lamp S2019E1022'])
  })

  it('numbers the discs of a box through', () => {
    expect(
      places('Night Ferry', [
        'd/Disc 1/Night Ferry 01.mkv',
        'd/Disc 1/Night Ferry 02.mkv',
        'd/Disc 2/Night Ferry 03.mkv',
      ]),
    ).to.deep.equal(['Night Ferry S1E1', 'Night Ferry S1E2', 'Night Ferry S1E3'])
  })

  it('takes the one film out of samples, trailers, proofs and subtitles', () => {
    expect(
      places('Long.Tide.1999.REMASTERED.1080p.BluRay.x264-GRP', [
        'd/Long.Tide.1999.REMASTERED.1080p.BluRay.x264-GRP.mkv|9000',
        'd/Sample/long.tide.1999.sample.mkv|60',
        'd/Trailers/Long Tide Trailer 1.mkv|80',
        'd/Long.Tide-trailer.mp4|40',
        'd/Subs/French.forced.srt|0',
        'd/Proof/proof.jpg|0',
      ]),
    ).to.deep.equal(['Long Tide (1999)', 'sample', 'extra', 'extra', 'subtitle', 'not_video'])
  })

  it('tells numbered films of a collection by their years', () => {
    expect(
      places('Tide Quadrilogy', [
        'd/Tide 1 - The Beginning.1999.mkv|8000',
        'd/2. Tide 2 (2001)/Tide 2 2001 1080p.mkv|8000',
        'd/Tide.3.2006.mkv|7900',
      ]),
    ).to.deep.equal(['Tide 1 - The Beginning (1999)', 'Tide 2 (2001)', 'Tide 3 (2006)'])
  })

  it('places a daily episode by its year, and by month and day', () => {
    expect(places('Late.Lamp.2011.04.18.720p-GRP', ['Late.Lamp.2011.04.18.Ann.Reed.720p-GRP.mkv'])).to.deep.equal([
      'Late Lamp S2011E418 Ann Reed',
    ])
  })

  it('takes a film from the torrent, whatever its file is called', () => {
    expect(
      places('Long.Tide.1999.1080p.BluRay.x264-GRP', [
        'd/grp-lt.mkv|8000',
        'd/sample/grp-lt-sample.mkv|60',
        'd/grp-lt.nfo|0',
        'd/Subs/2_English.srt|0',
      ]),
    ).to.deep.equal(['Long Tide (1999)', 'sample', 'not_video', 'subtitle'])
  })

  it('tells the films of a collection apart', () => {
    expect(
      places('Tide Trilogy 1080p', [
        'Tide Trilogy 1080p/Long Tide (1999)/Long.Tide.1999.1080p.mkv|8000',
        'Tide Trilogy 1080p/Low Tide (2003)/Low.Tide.2003.1080p.mkv|7000',
        'Tide Trilogy 1080p/Low Tide (2003)/Featurettes/The Boats.mkv|300',
        'Tide Trilogy 1080p/High.Tide.2005.1080p.mkv|7500',
      ]),
    ).to.deep.equal(['Long Tide (1999)', 'Low Tide (2003)', 'extra', 'High Tide (2005)'])
  })

  it('keeps the halves of a film on two discs', () => {
    expect(places('Long Tide (1970) DVDRip', ['d/long tide cd1.avi|700', 'd/long tide cd2.avi|690'])).to.deep.equal([
      'Long Tide (1970)',
      'Long Tide (1970)',
    ])
  })

  it('is not fooled by titles that sound like samples or trailers', () => {
    expect(places('The Free Sample (2012)', ['The.Free.Sample.2012.720p.mkv'])).to.deep.equal([
      'The Free Sample (2012)',
    ])
    expect(
      places('The Free Sample (2012)', [
        'The Free Sample (2012)/The Free Sample.mkv|1400',
        'The Free Sample (2012)/Sample/the-free-sample-sample.mkv|30',
      ]),
    ).to.deep.equal(['The Free Sample (2012)', 'sample'])
    expect(
      places('The Trailer Park S01', [
        'The Trailer Park S01/The.Trailer.Park.S01E01.mkv',
        'The Trailer Park S01/The.Trailer.Park.S01E02.Interview.mkv',
      ]),
    ).to.deep.equal(['The Trailer Park S1E1', 'The Trailer Park S1E2 Interview'])
    expect(
      places('Preview of Heaven (2011)', [
        'Preview of Heaven (2011)/Preview.of.Heaven.2011.mkv|1400',
        'Preview of Heaven (2011)/Preview.of.Heaven-trailer.mkv|40',
      ]),
    ).to.deep.equal(['Preview of Heaven (2011)', 'extra'])
  })

  it('leaves the structure of a disc alone', () => {
    expect(
      places('Long.Tide.1999.COMPLETE.BLURAY-GRP', ['d/BDMV/STREAM/00001.m2ts|20000', 'd/BDMV/index.bdmv|0']),
    ).to.deep.equal(['not_video', 'not_video'])
    expect(places('Long Tide 1999 DVD9', ['d/VIDEO_TS/VTS_01_1.VOB|1000', 'd/VIDEO_TS/VIDEO_TS.IFO|0'])).to.deep.equal([
      'not_video',
      'not_video',
    ])
    expect(places('Long Tide 1999', ['long.tide.iso|4700'])).to.deep.equal(['not_video'])
  })

  it('keeps versions of another resolution, and one of equals', () => {
    expect(
      places('Quiet Harbour S01', [
        'd/Quiet.Harbour.S01E01.720p.mkv|300',
        'd/Quiet.Harbour.S01E01.1080p.mkv|900',
        'd/Quiet.Harbour.S01E01.1080p.PROPER.mkv|910',
      ]),
    ).to.deep.equal(['Quiet Harbour S1E1', 'duplicate S1E1', 'Quiet Harbour S1E1'])
  })

  it('places nothing it is not sure of', () => {
    expect(places('9f86d081884c7d659a2feaa0c55ad015', ['9f86d081884c7d659a2feaa0c55ad015.mkv'])).to.deep.equal([
      'no_title',
    ])
    expect(places('Oss_117--Cairo,_Nest_of_Birds', ['Oss_117--Cairo,_Nest_of_Birds.mkv'])).to.deep.equal([
      'low_confidence S1E17',
    ])
    expect(
      places('Quiet.Harbour.S01', [
        'Quiet.Harbour.S01/Quiet.Harbour.S01E01.mkv',
        'Quiet.Harbour.S01/Quiet.Harbour.S01E02.mkv',
        'Quiet.Harbour.S01/About the Show.mkv',
      ]),
    ).to.deep.equal(['Quiet Harbour S1E1', 'Quiet Harbour S1E2', 'no_episode_number S1E'])
  })

  it('takes what a person says for the title', () => {
    expect(
      places('whatever', ['x/abc.mkv|900', 'x/def.mkv|100'], { kind: 'movie', title: 'Long Tide', year: 1999 }),
    ).to.deep.equal(['Long Tide (1999)', 'extra'])
    expect(places('whatever', ['x/qh.s01e02.mkv'], { kind: 'show', title: 'Quiet Harbour', year: 2010 })).to.deep.equal(
      ['Quiet Harbour (2010) S1E2'],
    )
  })

  it('answers once for each file of any torrent, and never below the threshold', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'Season 1',
        'Sample',
        'Show S01E02',
        'Show - 05',
        '101',
        'Extras',
        'Long Tide (1999)',
        'x.mkv',
        'BDMV',
      ),
      fc.string({ maxLength: 12 }),
    )
    const path = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom('.mkv', '.srt', '.nfo', ''))
      .map(([parts, extension]) => parts.join('/') + extension)
    const files = fc.array(fc.record({ path, sizeBytes: fc.nat() }), { maxLength: 12 })
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), files, (torrent, list) => {
        const candidates = list.map((file, index) => ({ ...file, index }))
        const matches = identifier.identifyFiles(torrent, candidates)
        expect(matches.map((match) => match.file.index)).to.deep.equal(candidates.map((file) => file.index))
        for (const match of matches) if (match.kind !== 'unmatched') expect(match.confidence).to.be.within(0.5, 1)
      }),
      { numRuns: 400 },
    )
  })
})
