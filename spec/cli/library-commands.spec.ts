import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { CliServices } from '../../lib/cli/cli-services.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { movieId, showId } from '../../lib/domain/ids.ts'
import { asEpisode, asMovie } from '../library/fixtures.ts'
import { runCommand, TextSink } from '../support/cli-run.ts'
import { ApiFixture, hashOf, resultOf, scrubbed } from '../support/fake-api.ts'
import { until } from '../support/until.ts'

const A = hashOf('a')
const B = hashOf('b')
const C = hashOf('c')

describe('the commands of the library', () => {
  let api: ApiFixture
  let directory: string

  /** Two versions of a film, and a torrent with two episodes and two files of nothing. */
  beforeEach(async () => {
    api = await ApiFixture.start()
    directory = await mkdtemp(join(tmpdir(), 'momoshtrem-cli-'))
    api.addTorrent('a', 'Heat.1080p', ['Heat.mkv'], [asMovie('Heat', 0, { year: 1995 })])
    api.addTorrent('b', 'Heat.2160p', ['UHD.mkv'], [asMovie('Heat', 0, { year: 1995, resolution: '2160p' })])
    const episodes = [asEpisode('Dark', 1, 1, 0), asEpisode('Dark', 1, 2, 1)]
    api.addTorrent('c', 'Dark', ['S01E01.mkv', 'S01E02.mkv', 'x.mkv', 'y.mkv'], episodes)
  })
  afterEach(async () => {
    await api.close()
    await rm(directory, { recursive: true })
  })

  const run = (argv: readonly string[], services?: Partial<CliServices>, columns?: number) =>
    runCommand(api.server.url, argv, services, columns)
  /** What a command prints that ends well. */
  const done = async (...argv: string[]): Promise<string[]> => {
    const { code, out, err } = await run(argv)
    expect([code, err], argv.join(' ')).to.deep.equal([0, ''])
    return out.trimEnd().split('\n')
  }
  const json = async (...argv: string[]) => JSON.parse((await done(...argv, '--json')).join('\n'))
  const failed = async (...argv: string[]): Promise<string> => {
    const { code, err } = await run(argv)
    expect(code, argv.join(' ')).to.equal(1)
    return err.trimEnd()
  }

  it('list sorts, and shows what has no file', async () => {
    api.library.createMovie({ title: 'Alien', year: 1979 })
    expect(
      (await done('list', '--sort', 'year', '--desc')).slice(1).map((line) => line.split(/ {2,}/)[2]),
    ).to.deep.equal(['Heat', 'Alien', 'Dark'])
    const { movies, shows } = await json('list', '--unassigned')
    expect([movies.length, movies[0].title, shows.length]).to.deep.equal([1, 'Alien', 0])
    expect((await json('list', '--search', 'dark')).shows).to.have.length(1)
  })

  it('search finds by words', async () => {
    expect(await done('search', 'hea')).to.deep.equal(['ITEM     TITLE  YEAR  EPISODE', 'movie:1  Heat   1995'])
    expect(await done('search', 'nothing', 'of', 'this')).to.deep.equal(['Nothing found.'])
    expect(await done('search', '--', '-hea')).to.deep.equal(['Nothing found.'])
    expect((await json('search', 'dark', '--limit', '1')).results[0]).to.include({ type: 'show', title: 'Dark' })
  })

  it('files tells the ids that the other commands take', async () => {
    expect((await done('files', 'cccc'))[3]).to.equal('cccccccccccc:2  1002 B  x.mkv')
    expect((await json('files', A)).files).to.deep.equal([{ id: `${A}:0`, path: 'Heat.mkv', size: 1000 }])
  })

  describe('match', () => {
    it('places files in a movie, and in episodes one after the other', async () => {
      expect(await done('match', 'cccc:2', '--movie', 'Heat (1995)')).to.deep.equal(['x.mkv: movie:1'])
      expect(
        await done('match', 'cccc:2', 'cccc:3', '--show', 'show:1', '--season', '2', '--episode', '1'),
      ).to.deep.equal(['x.mkv: show:1  S02E01', 'y.mkv: show:1  S02E02'])
      expect(
        await done('match', `${C}:3`, '--show', 'Lost (2004)', '--season', '1', '--episode', '4', '5'),
      ).to.deep.equal(['y.mkv: show:2  S01E04'])
      expect(api.library.show(showId(2))).to.include({ title: 'Lost', year: 2004, assignedCount: 2 })
      expect(await done('match', 'cccc:0', '--unsorted')).to.deep.equal(['S01E01.mkv: /Unsorted'])
      expect((await json('match', 'cccc:0', '--movie', 'movie:1')).files[0]).to.include({ movie_id: 1 })
    })

    it('says that a movie or show is another one', async () => {
      expect(await done('match', 'movie:1', '--movie', 'Ronin (1998)', '--tmdb', '8195')).to.deep.equal([
        'movie:1: Ronin (1998), id 1',
      ])
      expect(api.library.movie(movieId(1))).to.include({ title: 'Ronin', tmdbId: 8195 })
      expect((await json('match', 'show:1', '--show', 'Lost')).title).to.equal('Lost')
    })

    it('fails for what is not there', async () => {
      expect(await failed('match', 'cccc:9', '--movie', 'Heat')).to.contain('no file 9')
      expect(await failed('match', 'dddd:0', '--movie', 'Heat')).to.equal('momoshtrem: no torrent begins with dddd')
      expect(await failed('match', 'movie:1', '--show', 'Heat')).to.equal('momoshtrem: movie:1 needs --movie')
      expect(await failed('match', 'Heat', '--movie', 'Heat')).to.contain('not one of movie:ID, show:ID: Heat')
      expect(await failed('match', 'cccc:0', '--movie', 'movie:99')).to.contain('no movie 99')
    })
  })

  it('versions lists, chooses and deletes', async () => {
    expect(await done('versions', 'list', 'movie:1')).to.deep.equal([
      'FILE            EPISODE  STATE   QUALITY         SIZE  PATH',
      'aaaaaaaaaaaa:0           active  1080p BluRay  1000 B  Heat.mkv',
      'bbbbbbbbbbbb:0           active  2160p BluRay  1000 B  UHD.mkv',
    ])
    expect(await done('versions', 'choose', 'bbbb:0')).to.deep.equal(['UHD.mkv: the active version of movie:1'])
    expect((await done('versions', 'list', 'movie:1'))[1]).to.contain('chosen')
    expect(await done('versions', 'delete', 'aaaa:0')).to.deep.equal([`${A}:0: deleted`])
    expect((await json('versions', 'list', 'movie:1')).versions).to.have.length(1)
    expect((await done('versions', 'list', 'show:1'))[2])
      .to.contain('S01E02')
      .and.to.contain('S01E02.mkv')
    expect(await failed('versions', 'list', 'episode:1')).to.contain('not one of movie:ID, show:ID')
  })

  it('trash puts, lists, restores and empties', async () => {
    expect(await done('trash', 'list')).to.deep.equal(['The trash is empty.'])
    expect(await done('trash', 'put', 'movie:1')).to.deep.equal(['2 files put into the trash'])
    expect(await done('trash', 'put', 'show:1', '--season', '1')).to.deep.equal(['2 files put into the trash'])
    expect((await done('trash', 'list')).map((line) => line.split(/ {2,}/).slice(0, 2).join(' '))).to.deep.equal([
      'ITEM TITLE',
      'show:1 Dark',
      'show:1 Dark',
      'movie:1 Heat (1995)',
      'movie:1 Heat (1995)',
    ])
    expect(await done('trash', 'restore', 'cccc:1')).to.deep.equal(['1 file taken out of the trash'])
    expect(await done('trash', 'empty', '--older-than', '1')).to.deep.equal(['The trash is emptied.'])
    expect((await json('trash', 'empty')).torrents_removed).to.have.members([A, B])
    expect(await failed('trash', 'restore', 'movie:1')).to.contain('nothing of it is in the trash')
  })

  it('offline keeps files and lets them go', async () => {
    expect(await done('offline', 'aaaa:0', 'cccc:0')).to.deep.equal([
      `${A}:0: /Offline/Heat.mkv`,
      `${C}:0: /Offline/Dark/S01E01.mkv`,
    ])
    expect(api.fetcher.kept.size).to.equal(2)
    expect((await json('offline', 'bbbb:0', '--path', 'Films/Heat.mkv')).files[0].path).to.equal('Films/Heat.mkv')
    expect(await done('offline', 'aaaa:0', '--release')).to.deep.equal([`${A}:0: kept no longer`])
    api.fetcher.isFull = true
    expect(await failed('offline', 'cccc:1')).to.contain('too small to keep')
  })

  it('subtitles searches, downloads, uploads, lists and deletes', async () => {
    expect(await done('subtitles', 'list', 'movie:1')).to.deep.equal(['No subtitles.'])
    expect((await done('subtitles', 'search', 'movie:1', '--languages', 'en'))[1]).to.equal(
      '77  en        hash         12  Heat.1995',
    )
    expect(await done('subtitles', 'download', 'movie:1', '77')).to.deep.equal(['movie:1: subtitle 1, en, srt'])
    const own = join(directory, 'own.srt')
    await writeFile(own, '1\n')
    expect(await done('subtitles', 'upload', 'episode:1', own, '--language', 'de')).to.deep.equal([
      'episode:1: subtitle 2, de, srt',
    ])
    expect(api.subtitles.asked.at(-1)).to.deep.equal([
      { kind: 'episode', id: 1 },
      { fileName: 'own.srt', bytes: Buffer.from('1\n'), language: 'de' },
    ])
    expect((await json('subtitles', 'list', 'movie:1')).subtitles[0]).to.include({ id: 1, source: 'opensubtitles' })
    expect(await done('subtitles', 'delete', '1')).to.deep.equal(['subtitle 1: deleted'])
    expect(await failed('subtitles', 'delete', '1')).to.contain('subtitle')
    expect(await failed('subtitles', 'upload', 'movie:1', join(directory, 'none.srt'))).to.contain(
      'none.srt: no such file',
    )
    expect(await failed('subtitles', 'list', 'show:1')).to.contain('not one of movie:ID, episode:ID')
  })

  it('export and import take a library elsewhere', async () => {
    const file = join(directory, 'library.jsonl')
    expect((await done('export', file))[0]).to.match(/library\.jsonl: [\d.]+ KiB$/)
    const { code, out } = await run(['export'])
    expect(code).to.equal(0)
    expect(out).to.equal(await readFile(file, 'utf8'))
    expect((await run(['export', '-'])).out).to.equal(out)
    const other = await ApiFixture.start()
    const imported = await runCommand(other.server.url, ['import', file], {}, 80)
    const counts = other.library.counts()
    await other.close()
    expect(imported.out.split('\n')).to.deep.equal([
      'movies: 1 added, 0 kept',
      'shows: 1 added, 0 kept',
      'torrents: 3 added, 0 kept',
      'files: 4 placed',
      '',
    ])
    expect(counts).to.deep.equal(api.library.counts())
    await writeFile(file, 'not a library\n')
    expect(await failed('import', file)).to.contain('line 1')
    expect(await failed('import', join(directory, 'none'))).to.contain('none: no such file')
    expect(await failed('import', directory)).to.contain(`${directory}: cannot be read or written (EISDIR)`)
    expect(await failed('export', join(directory, 'none', 'x'))).to.contain('x: no such file or directory')
    expect(await readdir(directory)).to.deep.equal(['library.jsonl'])
  })

  it('limits shows and sets', async () => {
    expect(await done('limits')).to.deep.equal(['download: none', 'upload: none'])
    expect(await done('limits', '--download', '500')).to.deep.equal(['download: 500 kB/s', 'upload: none'])
    expect(await json('limits', '--upload', '9', '--download', '0')).to.deep.equal({ download_kbps: 0, upload_kbps: 9 })
    expect(await failed('limits', '--upload', '-1')).to.contain('upload_kbps')
  })

  describe('doctor --scrub', () => {
    it('tells what was checked, with a bar on a terminal', async () => {
      const stderr = new TextSink(80)
      api.engine.nextScrub = async (_metadataOf, onProgress) => {
        onProgress(scrubbed(5))
        await until(() => stderr.text.includes('500/1000'))
        return scrubbed(10)
      }
      const { code, out } = await run(['doctor', '--scrub'], { stderr }, 80)
      expect([code, out]).to.deep.equal([0, '10 pieces checked (1000 B), 0 damaged.\n'])
      expect(stderr.text).to.contain('Checking').and.to.contain('500/1000')
    })

    it('fails when something was damaged, or it could not be done', async () => {
      api.engine.nextScrub = async () => scrubbed(10, { badPieces: 2, unknownTorrents: 1 })
      const { code, out } = await run(['doctor', '--scrub'])
      expect(code).to.equal(1)
      expect(out).to.contain('2 damaged and dropped.\n1 torrents could not be checked')
      api.engine.nextScrub = async (_metadataOf, onProgress) => {
        onProgress(scrubbed(1))
        throw new AppError('unavailable', 'the engine closes')
      }
      expect(await failed('doctor', '--scrub')).to.equal('momoshtrem: the engine closes')
    })

    it('ends when it is told to', async () => {
      const controller = new AbortController()
      const ended = new Promise<void>((resolve) => {
        api.engine.nextScrub = (_metadataOf, onProgress, signal) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reject(signal.reason as Error)
              resolve()
            })
            onProgress(scrubbed(1))
            setTimeout(() => controller.abort(new AppError('aborted', 'interrupted')), 50)
          })
      })
      const { code, err } = await run(['doctor', '--scrub'], { signal: controller.signal })
      expect([code, err]).to.deep.equal([1, 'momoshtrem: interrupted\n'])
      await ended
    })
  })

  it('add of many shows each that fails, and all that were added', async () => {
    api.intake.next = async () => {
      if (api.intake.calls.length % 2 === 0) throw new AppError('timeout', 'no metadata in 60 s')
      return resultOf()
    }
    const magnets = Array.from(
      { length: 600 },
      (_, index) => `magnet:?xt=urn:btih:${index.toString(16).padStart(40, '0')}`,
    )
    const { code, out } = await run(['add', '--json', ...magnets])
    const { added, failed: not } = JSON.parse(out) as { added: { input: string }[]; failed: { code: string }[] }
    expect([code, added.length, not.length]).to.deep.equal([1, 300, 300])
    expect(new Set(added.map(({ input }) => input)).size).to.equal(300)
    expect(not[0]?.code).to.equal('timeout')
  })
})
