import { expect } from 'chai'
import type { SubtitledVideo } from '../../lib/domain/identify.ts'
import { subtitleMatcher } from '../../lib/identify/subtitle-matcher.ts'

/**
 * Files by path; one that begins with `S01E02 ` or `film ` is a video placed so, with ` x ` before its path a video that is
 * none. The answer: each subtitle's path with its video's and what its name says.
 */
function matches(...lines: readonly string[]): Record<string, string> {
  const videos: SubtitledVideo[] = []
  const files = lines.map((line, index) => {
    const [, place, path = line] = /^(film|none|S\d+E[\d-]+) (.*)$/.exec(line) ?? []
    const file = { index, path, sizeBytes: 1000 }
    const [, season, episodes = ''] = /^S(\d+)E([\d-]+)$/.exec(place ?? '') ?? []
    if (season !== undefined) videos.push({ file, season: Number(season), episodes: episodes.split('-').map(Number) })
    if (place === 'film') videos.push({ file, season: null, episodes: [] })
    return file
  })
  const found = subtitleMatcher.matchSubtitles(files, videos)
  return Object.fromEntries(
    found.map(({ file, video, language, isForced, isHearingImpaired, isCommentary }) => {
      const flags = [isForced && 'forced', isHearingImpaired && 'sdh', isCommentary && 'commentary'].filter(Boolean)
      return [file.path, [video.path, language ?? '-', ...flags].join(' ')]
    }),
  )
}

describe('matchSubtitles', () => {
  it('knows the subtitles of a film by its stem', () => {
    expect(
      matches(
        'film F.2019/F.2019.1080p.mkv',
        'F.2019/F.2019.1080p.srt',
        'F.2019/F.2019.1080p.en.forced.srt',
        'F.2019/f.2019.1080P - [3] Français (SDH).ass',
        'F.2019/readme.txt',
      ),
    ).to.deep.equal({
      'F.2019/F.2019.1080p.srt': 'F.2019/F.2019.1080p.mkv -',
      'F.2019/F.2019.1080p.en.forced.srt': 'F.2019/F.2019.1080p.mkv en forced',
      'F.2019/f.2019.1080P - [3] Français (SDH).ass': 'F.2019/F.2019.1080p.mkv fr sdh',
    })
  })

  it('gives a film all that the torrent holds for it, whatever the folders', () => {
    expect(
      matches(
        'film F/F.2019.mkv',
        'none F/Sample/sample.mkv',
        'F/Subs/2_English.srt',
        'F/Subs/3_Brazilian Portuguese.srt',
        'F/Subs/German/vobsub.idx',
        'F/Subs/German/vobsub.sub',
        'F/Subs/forced/eng.sup',
        'F/Other.Release.2019.vtt',
      ),
    ).to.deep.equal({
      'F/Subs/2_English.srt': 'F/F.2019.mkv en',
      'F/Subs/3_Brazilian Portuguese.srt': 'F/F.2019.mkv pt-BR',
      'F/Subs/German/vobsub.idx': 'F/F.2019.mkv de',
      'F/Subs/German/vobsub.sub': 'F/F.2019.mkv de',
      'F/Subs/forced/eng.sup': 'F/F.2019.mkv en forced',
      'F/Other.Release.2019.vtt': 'F/F.2019.mkv -',
    })
  })

  it('finds the episode by a folder of its stem, before any number in the name', () => {
    expect(
      matches(
        'S01E02 Show/Show.S01E02.WEB.mkv',
        'S01E03 Show/Show.S01E03.WEB.mkv',
        'Show/Subs/Show.S01E02.WEB/3_French.srt',
        'Show/Subs/Show.S01E03.WEB/2_English.srt',
        'Show/Subs/Show.S01E03.WEB/4_English [CC].srt',
      ),
    ).to.deep.equal({
      'Show/Subs/Show.S01E02.WEB/3_French.srt': 'Show/Show.S01E02.WEB.mkv fr',
      'Show/Subs/Show.S01E03.WEB/2_English.srt': 'Show/Show.S01E03.WEB.mkv en',
      'Show/Subs/Show.S01E03.WEB/4_English [CC].srt': 'Show/Show.S01E03.WEB.mkv en sdh',
    })
  })

  it('finds the episode by its number, in the name or a folder', () => {
    expect(
      matches(
        'S01E01 Show/a.mkv',
        'S01E02-3 Show/b.mkv',
        'S02E05 Show/[Grp] Show - 30 [1080p].mkv',
        'Show/Subs/Show.1x01.Other.eng.srt',
        'Show/Subs/show.s01e03.es.srt',
        'Show/Subs/S01E02/nl.srt',
        'Show/Subs/Show - 30.ass',
        'Show/Subs/Show.S01E09.en.srt',
        'Show/Subs/en.srt',
      ),
    ).to.deep.equal({
      'Show/Subs/Show.1x01.Other.eng.srt': 'Show/a.mkv en',
      'Show/Subs/show.s01e03.es.srt': 'Show/b.mkv es',
      'Show/Subs/S01E02/nl.srt': 'Show/b.mkv nl',
      'Show/Subs/Show - 30.ass': 'Show/[Grp] Show - 30 [1080p].mkv -',
    })
  })

  it('gives each film of a collection what lies in its folder', () => {
    expect(
      matches(
        'film Trilogy/One (2001)/One.mkv',
        'film Trilogy/Two (2004)/Two.mkv',
        'Trilogy/One (2001)/Subs/English.srt',
        'Trilogy/Two (2004)/subtitle.srt',
        'Trilogy/Subs/English.srt',
      ),
    ).to.deep.equal({
      'Trilogy/One (2001)/Subs/English.srt': 'Trilogy/One (2001)/One.mkv en',
      'Trilogy/Two (2004)/subtitle.srt': 'Trilogy/Two (2004)/Two.mkv -',
    })
  })

  it('takes the nearest of videos with the same name, and the longest of names that begin alike', () => {
    expect(
      matches(
        'film F/720p/F.mkv',
        'film F/1080p/F.mkv',
        'film F/F.Part2.mkv',
        'F/720p/F.en.srt',
        'F/F.Part2.en.srt',
        'F/F.de.srt',
      ),
    ).to.deep.equal({
      'F/720p/F.en.srt': 'F/720p/F.mkv en',
      'F/F.Part2.en.srt': 'F/F.Part2.mkv en',
    })
  })

  it('leaves those of samples, extras and unplaced videos where they are', () => {
    expect(
      matches(
        'film F/F.mkv',
        'none F/Featurettes/Making.of.mkv',
        'none F/F.Unplaced.mkv',
        'F/Featurettes/Making.of.srt',
        'F/Featurettes/other.srt',
        'F/F.Unplaced.srt',
      ),
    ).to.deep.equal({})
  })

  it('finds nothing where there is nothing', () => {
    expect(matches('a.srt')).to.deep.equal({})
    expect(matches('film a.mkv')).to.deep.equal({})
    expect(matches('film a.mkv', 'a.srt', '/.srt', 'a//.en.srt')).to.have.property('a.srt')
  })

  it('reads a pack of ten thousand files in a moment', function () {
    this.timeout(20_000)
    const lines = Array.from({ length: 5000 }, (_, i) => {
      const stem = `Show/Show.S${1 + Math.floor(i / 100)}E${1 + (i % 100)}`
      return [`S${1 + Math.floor(i / 100)}E${1 + (i % 100)} ${stem}.1080p.mkv`, `${stem}.WEB.en.srt`]
    }).flat()
    expect(Object.keys(matches(...lines))).to.have.length(5000)
  })
})
