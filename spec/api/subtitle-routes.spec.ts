import { expect } from 'chai'
import { ErrorAnswer } from '../../lib/api/schemas/common.ts'
import { FoundSubtitlesAnswer, SubtitleJson, SubtitlesAnswer } from '../../lib/api/schemas/subtitles.ts'
import { episodeId, movieId } from '../../lib/domain/ids.ts'
import { asEpisode, asMovie, asSubtitle } from '../library/fixtures.ts'
import { ApiFixture, hashOf } from '../support/fake-api.ts'

describe('the REST routes of subtitles', () => {
  let api: ApiFixture
  beforeEach(async () => {
    api = await ApiFixture.start()
    const subtitles = [asSubtitle(1, 'en'), asSubtitle(2, 'pt-BR', 'forced')]
    api.addTorrent('a', 'Heat', ['Heat.mkv', 'Heat.en.srt', 'Heat.pt.ASS'], [asMovie('Heat', 0, { subtitles })])
    const double = asEpisode('Dark', 1, [1, 2], 0, { subtitles: [asSubtitle(1, 'de')] })
    api.addTorrent('b', 'Dark', ['Dark.S01E01E02.mkv', 'Dark.de.srt'], [double])
  })
  afterEach(() => api.close())

  const list = async (owner: string) => {
    const { json } = await api.call('GET', `/api/${owner}/subtitles`)
    return SubtitlesAnswer.parse(json).subtitles
  }

  it('tell those of the torrent, of a double episode for both', async () => {
    const [english, portuguese, ...none] = await list('movies/1')
    expect(none).to.deep.equal([])
    expect(english).to.include({ id: null, source: 'torrent', language: 'en', format: 'srt', is_forced: false })
    expect(english).to.include({ file_id: `${hashOf('a')}:1`, file_path: 'Heat.en.srt', size: 1001 })
    expect(portuguese).to.include({ language: 'pt-BR', format: 'ass', is_forced: true })
    for (const episode of [1, 2]) {
      expect(
        (await list(`episodes/${episode}`)).map(({ language }) => language),
        `${episode}`,
      ).to.deep.equal(['de'])
    }
  })

  it('search in the languages asked for', async () => {
    const { json } = await api.call('GET', '/api/movies/1/subtitles/search?languages=en,pt-BR')
    const [found] = FoundSubtitlesAnswer.parse(json).subtitles
    expect(found).to.include({ file_id: '77', matched_by: 'hash', downloads: 12, fps: 23.976, is_trusted: true })
    await api.call('GET', '/api/episodes/2/subtitles/search')
    expect(api.subtitles.asked).to.deep.equal([
      [{ kind: 'movie', id: movieId(1) }, { languages: ['en', 'pt-BR'] }],
      [{ kind: 'episode', id: episodeId(2) }, {}],
    ])
  })

  it('download what was found, take what a person brings, and delete it', async () => {
    const downloaded = await api.call('POST', '/api/movies/1/subtitles', {
      file_id: '77',
      language: 'en',
      is_forced: true,
    })
    expect(downloaded.status).to.equal(201)
    const { id } = SubtitleJson.parse(downloaded.json)
    expect(downloaded.json).to.include({ source: 'opensubtitles', format: 'srt', file_id: null })
    const own = { file_name: 'mine.srt', content: Buffer.from('1\n00:00').toString('base64'), language: 'de' }
    const uploaded = await api.call('POST', '/api/episodes/1/subtitles', own)
    expect(SubtitleJson.parse(uploaded.json)).to.include({ source: 'upload', language: 'de', size: 7 })
    expect(api.subtitles.asked).to.deep.equal([
      [
        { kind: 'movie', id: movieId(1) },
        { fileId: '77', language: 'en', isForced: true },
      ],
      [
        { kind: 'episode', id: episodeId(1) },
        { fileName: 'mine.srt', bytes: Buffer.from('1\n00:00'), language: 'de' },
      ],
    ])
    expect((await list('movies/1')).map((one) => one.source)).to.deep.equal(['opensubtitles', 'torrent', 'torrent'])
    expect((await api.call('DELETE', `/api/subtitles/${id}`)).status).to.equal(204)
    expect((await api.call('DELETE', `/api/subtitles/${id}`)).status).to.equal(404)
    expect(await list('movies/1')).to.have.length(2)
  })

  it('refuse what is wrong, for an owner that is not there too', async () => {
    const post = async (body: unknown, owner = 'movies/1') => {
      const { status, json } = await api.call('POST', `/api/${owner}/subtitles`, body)
      ErrorAnswer.parse(json)
      return status
    }
    for (const body of [
      {},
      { file_id: '77', content: 'AA==' },
      { content: 'AA==' },
      { file_id: '77', file_name: 'x.srt' },
      { content: 'not base64!', file_name: 'x.srt' },
      { content: 'AA==', file_name: 'x.srt', release_name: 'x' },
      { file_id: '77', language: 'english please' },
      { file_id: 77 },
      { file_id: '77', is_forced: 'yes' },
      { file_id: '77', forced: true },
    ]) {
      expect(await post(body), JSON.stringify(body)).to.equal(400)
    }
    expect(await post({ content: 'A'.repeat(9 * 2 ** 20), file_name: 'x.srt' })).to.equal(413)
    expect(await post({ file_id: '77' }, 'movies/99')).to.equal(404)
    expect(await post({ file_id: '77' }, 'episodes/99')).to.equal(404)
    for (const path of ['/api/movies/99/subtitles', '/api/episodes/99/subtitles/search']) {
      expect((await api.call('GET', path)).status, path).to.equal(404)
    }
    for (const languages of ['', 'en,', 'x', 'en;de', Array(21).fill('en').join(',')]) {
      expect((await api.call('GET', `/api/movies/1/subtitles/search?languages=${languages}`)).status).to.equal(400)
    }
  })
})
