import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { ApiClient } from '../../lib/api/client.ts'
import type { CliServices } from '../../lib/cli/cli-services.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { infoHash, movieId, showId } from '../../lib/domain/ids.ts'
import { asMovie, torrentOf } from '../library/fixtures.ts'
import { runCommand, TextSink } from '../support/cli-run.ts'
import { ApiFixture, hashOf, resultOf } from '../support/fake-api.ts'
import { until } from '../support/until.ts'

const MAGNET = `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=Some+Film`

describe('the command line', () => {
  let api: ApiFixture
  let directory: string

  beforeEach(async () => {
    api = await ApiFixture.start()
    directory = await mkdtemp(join(tmpdir(), 'momoshtrem-cli-'))
  })
  afterEach(async () => {
    await api.close()
    await rm(directory, { recursive: true })
  })

  const run = (argv: readonly string[], services?: Partial<CliServices>, columns?: number) =>
    runCommand(api.server.url, argv, services, columns)

  describe('usage', () => {
    for (const [argv, message] of [
      [[], /A command is needed/],
      [['zzzzzzzz'], /Unknown argument: zzzzzzzz/],
      [['torents'], /Did you mean torrents\?/],
      [['add'], /Not enough non-option arguments/],
      [['torrents', 'text', 'extra'], /Unknown argument: extra/],
      [['list', 'text', '--search', 'text'], /mutually exclusive/],
      [['list', '--sort', 'size'], /Choices: "title", "added", "year"/],
      [['search'], /Not enough non-option arguments/],
      [['match', 'aaaa:0'], /One of --movie, --show and --unsorted is needed/],
      [['match', 'aaaa:0', '--show', 'Dark', '--season', '1'], /--show needs --season and --episode/],
      [['match', 'aaaa:0', '--movie', 'Heat', '--show', 'Dark'], /mutually exclusive/],
      [['match', 'movie:1', 'movie:2', '--movie', 'Heat'], /matched alone/],
      [['versions'], /One of its commands is needed/],
      [['trash', 'zzzzzzzz'], /Unknown argument: zzzzzzzz/],
      [['subtitles', 'upload', 'movie:1'], /Not enough non-option arguments/],
      [['offline', 'aaaa:0', 'aaaa:1', '--path', 'x'], /--path is for one file/],
      [['import'], /Not enough non-option arguments/],
      [['hash-password', 'a:b'], /A name has no colon/],
      [['list', '--colour'], /Unknown argument: colour/],
      [['list', '--only', 'songs'], /Choices: "movies", "shows"/],
      [['pause'], /Not enough non-option arguments/],
      [['remove', 'aaaa', 'bbbb'], /Unknown argument: bbbb/],
      [['trash', 'empty', '--older-than'], /Not enough arguments following: older-than/],
      [['trash', 'put', 'show:1', '--season'], /Not enough arguments following: season/],
      [['trash', 'put', 'show:1', '--season='], /Not a number: ""/],
      [['list', '--api-url'], /Not enough arguments following: api-url/],
      [['limits', '--download', 'fast'], /Not a number: "fast"/],
      [['search', 'x', '--limit', ''], /Not a number: ""/],
      [['match', 'aaaa:0', '--show', 'Dark', '--season', '1', '--episode', '1', 'x'], /Not a number: "x"/],
      [['subtitles', 'delete', 'abc'], /Not a number: "abc"/],
    ] as const) {
      it(`"${argv.join(' ')}" is wrong: exit code 2, told on stderr`, async () => {
        const { code, out, err } = await run(argv)
        expect(code).to.equal(2)
        expect(err).to.match(message).and.to.contain('See momoshtrem --help.')
        expect(out).to.equal('')
      })
    }

    it('shows help and version on stdout with exit code 0', async () => {
      const help = await run(['--help'])
      expect([help.code, help.err]).to.deep.equal([0, ''])
      for (const command of 'serve add list search identify torrents files pause resume remove match versions trash offline subtitles export import limits connect hash-password doctor completion'.split(
        ' ',
      )) {
        expect(help.out).to.contain(`momoshtrem ${command}`)
      }
      expect((await run(['remove', '--help'])).out).to.contain('--delete-data')
      expect((await run(['subtitles', '--help'])).out).to.contain('subtitles download')
      expect(await run(['--version'])).to.deep.equal({ code: 0, out: '1.2.3\n', err: '' })
    })

    it('prints a completion script, and what completes a word', async () => {
      expect((await run(['completion'])).out).to.contain('--get-yargs-completions')
      const complete = async (...words: string[]) => {
        const { out } = await run(['--get-yargs-completions', 'momoshtrem', ...words])
        return out.trimEnd().split('\n')
      }
      expect(await complete('')).to.include.members(['serve', 'torrents', 'doctor', 'subtitles', 'completion'])
      expect(await complete('tr')).to.deep.equal(['trash'])
      expect(await complete('trash', '')).to.deep.equal(['list', 'put', 'restore', 'empty'])
      expect(await complete('list', '--so')).to.deep.equal(['--sort'])
      expect(await complete('list', '--sort', 'a')).to.deep.equal(['added'])
      expect(await complete('--json', 'trash', 'empty', '--')).to.include.members(['--older-than', '--json', '--help'])
      expect(await complete('zzz', 'zzz')).to.deep.equal([''])
    })
  })

  describe('serve', () => {
    it('ends with 0 when the service was told to stop', async () => {
      expect(await run(['serve'])).to.deep.equal({ code: 0, out: '', err: '' })
    })

    it('tells in one line why it cannot start', async () => {
      const serve = () => Promise.reject(new AppError('conflict', 'API_PORT 4444 on 127.0.0.1 is already in use'))
      expect(await run(['serve'], { serve })).to.deep.equal({
        code: 1,
        out: '',
        err: 'momoshtrem: API_PORT 4444 on 127.0.0.1 is already in use\n',
      })
    })
  })

  it('migrate ends with 0, or with 1 and why', async () => {
    let runs = 0
    const migrate = () => {
      runs += 1
      if (runs > 1) throw new AppError('invalid', 'the library was written by a newer version')
    }
    expect((await run(['migrate'], { migrate })).code).to.equal(0)
    expect(await run(['migrate'], { migrate })).to.deep.equal({
      code: 1,
      out: '',
      err: 'momoshtrem: the library was written by a newer version\n',
    })
  })

  describe('add', () => {
    it('adds magnets, hashes, torrent files and files with magnets in them', async () => {
      const torrent = join(directory, 'a.torrent')
      const list = join(directory, 'list.txt')
      const webloc = join(directory, 'b.webloc')
      await writeFile(torrent, 'd8:announce0:e')
      await writeFile(list, `one\r\n${MAGNET}\r\nmagnet:?xt=urn:btih:two\n${MAGNET}`)
      await writeFile(webloc, '<string>magnet:?xt=urn:btih:three&amp;dn=x</string>')
      const { code, err } = await run(['add', MAGNET, 'b'.repeat(40), torrent, list, webloc])
      expect([code, err]).to.deep.equal([0, ''])
      expect(api.intake.calls.map((call) => call.input)).to.deep.equal([
        { magnetUri: MAGNET },
        { magnetUri: `magnet:?xt=urn:btih:${'b'.repeat(40)}` },
        { metadata: Buffer.from('d8:announce0:e') },
        { magnetUri: MAGNET },
        { magnetUri: 'magnet:?xt=urn:btih:two' },
        { magnetUri: 'magnet:?xt=urn:btih:three&dn=x' },
      ])
    })

    it('shows where the files went', async () => {
      const movie = api.library.createMovie({ title: 'Film', year: 2020 })
      const show = api.library.createShow({ title: 'Show', year: null, seasons: [] })
      api.intake.next = async () =>
        resultOf({
          movies: [movie],
          shows: [show],
          matched: [
            {
              movieId: movieId(1),
              filePath: 'film.mkv',
              fileSizeBytes: 3 * 2 ** 30,
              resolution: '720p',
              confidence: 1,
              subtitles: [],
            },
            {
              showId: showId(1),
              season: 1,
              episode: 2,
              filePath: 's.mkv',
              fileSizeBytes: 1536,
              resolution: null,
              confidence: 1,
              subtitles: [],
            },
          ],
        })
      const { out } = await run(['add', MAGNET])
      expect(out.split('\n')).to.deep.equal([
        `Film.2020.1080p  ${'a'.repeat(40)}`,
        'FILE           SIZE  PLACE',
        'film.mkv    3.0 GiB  Film (2020)  720p',
        's.mkv       1.5 KiB  Show  S01E02',
        'sample.mkv           /Unsorted (sample)',
        'S01E99.mkv           /Unsorted (low_confidence)',
        '',
      ])
    })

    it('goes on after a failure, and ends with 1', async () => {
      let calls = 0
      api.intake.next = async () => {
        calls += 1
        if (calls === 1) throw new AppError('timeout', 'no metadata in 60 s')
        return resultOf()
      }
      const { code, out, err } = await run(['add', join(directory, 'none'), directory, MAGNET, MAGNET])
      expect(code).to.equal(1)
      expect(calls).to.equal(2)
      expect(out).to.contain('Film.2020.1080p')
      expect(err).to.contain('no such file, and not a magnet').and.to.contain('not a file')
      expect(err).to.contain('momoshtrem: Some Film: no metadata in 60 s\n')
    })

    it('refuses a file with nothing in it to add', async () => {
      const file = join(directory, 'notes.txt')
      await writeFile(file, 'nothing')
      const { code, err } = await run(['add', file])
      expect([code, err]).to.deep.equal([1, `momoshtrem: ${file}: neither a torrent nor a file with a magnet in it\n`])
    })

    it('prints JSON for scripts, failures too', async () => {
      const { code, out } = await run(['add', '--json', MAGNET, '/none'])
      const { added, failed } = JSON.parse(out) as { added: object[]; failed: object[] }
      expect(code).to.equal(1)
      expect(added[0]).to.include({ input: MAGNET, info_hash: 'a'.repeat(40) })
      expect(failed[0]).to.include({ input: '/none', code: 'not_found' })
    })

    it('shows a bar on a terminal, on stderr, and takes it away', async () => {
      const stderr = new TextSink(80)
      api.intake.next = async () => {
        const drawn = `${api.intake.calls.length - 1}/2`
        await until(() => stderr.text.includes(drawn))
        return resultOf()
      }
      const { out } = await run(['add', MAGNET, MAGNET], { stderr }, 80)
      expect(stderr.text).to.contain('Adding ').and.to.contain('1/2').and.to.contain('Some Film')
      expect(out).not.to.contain('Adding')
      expect((await run(['add', MAGNET])).err, 'no terminal').to.equal('')
    })

    it('shows the peers of a magnet, and how much of its metadata came', async () => {
      const search = { infoHash: hashOf('a'), elapsedMs: 0, peers: 7, receivedBytes: 16_384, totalBytes: 65_536 }
      api.engine.searching = [search]
      const stderr = new TextSink(80)
      api.intake.next = async () => {
        await until(() => stderr.text.includes('7 peers  Some Film') && stderr.text.includes('25 %'))
        return resultOf()
      }
      expect((await run(['add', MAGNET], { stderr }, 80)).code).to.equal(0)
      api.intake.next = async () => resultOf()
      api.engine.askedForSearches = 0
      expect((await run(['add', '--json', MAGNET])).code).to.equal(0)
      expect(api.engine.askedForSearches, 'nobody watches').to.equal(0)
    })

    it('stops when it is told to', async () => {
      const controller = new AbortController()
      api.intake.next = (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
          controller.abort(new AppError('aborted', 'interrupted'))
        })
      const magnets = Array.from({ length: 50 }, () => MAGNET)
      const { code, err } = await run(['add', ...magnets], { signal: controller.signal })
      expect([code, err]).to.deep.equal([1, 'momoshtrem: interrupted\n'])
      expect(api.intake.calls.length).to.be.lessThan(10)
    })
  })

  describe('list', () => {
    beforeEach(() => {
      api.addTorrent('a', 'Film', ['film.mkv'], [asMovie('Film', 0, { year: 2020 })])
      api.library.createMovie({ title: 'Empty', year: null })
      api.library.createShow({
        title: 'Show',
        year: 2019,
        seasons: [{ number: 1, episodes: [{ number: 1, name: null }] }],
      })
    })

    it('shows movies and shows', async () => {
      expect((await run(['list'])).out.split('\n')).to.deep.equal([
        'TYPE   ID  TITLE  YEAR  HOLDS',
        'movie   2  Empty        nothing',
        'movie   1  Film   2020  1080p',
        'show    1  Show   2019  0 of 1 episodes',
        '',
      ])
    })

    it('searches, and shows one kind only', async () => {
      expect((await run(['list', 'sho'])).out)
        .to.contain('Show')
        .and.not.to.contain('Film')
      const { movies, shows } = JSON.parse((await run(['list', '--only', 'movies', '--json'])).out) as {
        movies: unknown[]
        shows: unknown[]
      }
      expect([movies.length, shows.length]).to.deep.equal([2, 0])
      expect((await run(['list', 'xyz'])).out).to.equal('Nothing found.\n')
    })

    it('reads every page', async () => {
      for (let index = 0; index < 600; index += 1) api.library.createMovie({ title: `M${index}`, year: null })
      const { movies } = JSON.parse((await run(['list', '--json'])).out) as { movies: unknown[] }
      expect(movies).to.have.length(602)
    })
  })

  describe('identify', () => {
    it('needs no service', async () => {
      const connect = () => {
        throw new Error('it connected')
      }
      const { code, out } = await run(['identify', 'Film (2010)', 'Show S01E02', '123'], { connect })
      expect(code).to.equal(0)
      expect(out.split('\n')).to.deep.equal([
        'NAME         TYPE     TITLE  YEAR  NUMBER  QUALITY   SURE',
        'Film (2010)  movie    Film   2010                    90 %',
        'Show S01E02  episode  Show         S01E02           100 %',
        '123          unknown                                  0 %',
        '',
      ])
    })

    it('takes what follows a double dash as it is', async () => {
      const { out } = await run(['identify', '--json', '--', '-Film (2010)', '--json', '--'])
      const { results } = JSON.parse(out) as { results: { name: string }[] }
      expect(results.map(({ name }) => name)).to.deep.equal(['-Film (2010)', '--json', '--'])
    })

    it('takes a dash alone as it is', async () => {
      const { out } = await run(['identify', '--json', '-', 'Film (2010)'])
      const { results } = JSON.parse(out) as { results: { name: string }[] }
      expect(results.map(({ name }) => name)).to.deep.equal(['-', 'Film (2010)'])
      expect(await run(['add', '-'])).to.deep.include({
        code: 1,
        err: 'momoshtrem: -: no such file, and not a magnet\n',
      })
    })

    it('prints the JSON of REST', async () => {
      const names = ['Film (2010)', 'Show S01E02', '?']
      const { out } = await run(['identify', '--json', ...names])
      const rest = await api.call('POST', '/api/identify', { names })
      expect(JSON.parse(out)).to.deep.equal(rest.json)
    })
  })

  describe('torrents, pause, resume, remove', () => {
    beforeEach(() => {
      for (const digit of ['a', 'b']) {
        api.addTorrent(digit, `Torrent ${digit}`, ['film.mkv'])
      }
    })

    it('shows the torrents', async () => {
      const { out } = await run(['torrents'])
      expect(out.split('\n')[1]).to.equal('aaaaaaaaaaaa  Torrent a  idle   1000 B     0 %      0  0 B/s  0 B/s')
      expect(JSON.parse((await run(['torrents', '--json'])).out).torrents).to.have.length(2)
      for (const digit of ['a', 'b']) api.library.deleteTorrent(hashOf(digit))
      expect((await run(['torrents'])).out).to.equal('No torrents.\n')
    })

    it('takes an info-hash or its beginning', async () => {
      expect((await run(['pause', 'A'.repeat(40)])).out).to.equal('Torrent a: paused\n')
      expect((await run(['resume', 'aaaa'])).out).to.equal('Torrent a: idle\n')
      expect((await run(['remove', 'bbbbbb', '--delete-data'])).out).to.equal(`${'b'.repeat(40)}: removed\n`)
      expect(api.activity.removed).to.deep.equal([{ infoHash: hashOf('b'), deleteData: true }])
    })

    it('refuses what names no torrent, or several', async () => {
      const near = infoHash(hashOf('a').replace(/a$/, 'b'))
      api.library.addTorrent({ ...torrentOf('Near', ['near.mkv']), infoHash: near }, null, [], false)
      const message = async (hash: string) => {
        const { code, err } = await run(['remove', hash])
        expect(code).to.equal(1)
        return err
      }
      expect(await message('aaaa')).to.contain('several torrents begin with aaaa')
      expect(await message('cccc')).to.contain('no torrent begins with cccc')
      expect(await message('aaa')).to.contain('not an info-hash')
      expect(await message('f'.repeat(40))).to.equal(`momoshtrem: no torrent ${'f'.repeat(40)}\n`)
      expect(api.activity.removed).to.deep.equal([])
    })

    it('says so when no service runs', async () => {
      const { code, err } = await run(['torrents', '--api-url', 'http://127.0.0.1:9'])
      expect([code, err]).to.deep.equal([1, 'momoshtrem: cannot reach http://127.0.0.1:9: is the service running?\n'])
    })

    it('passes on the token, the last one when there are two', async () => {
      const tokens: unknown[] = []
      const connect: CliServices['connect'] = (options) => {
        tokens.push(options.token)
        return new ApiClient({ baseUrl: api.server.url })
      }
      await run(['torrents', '--token', '007'], { connect })
      await run(['torrents', '--token', 'a', '--token', 'b'], { connect })
      await run(['torrents'], { connect })
      expect(tokens).to.deep.equal(['007', 'b', undefined])
    })

    it('lets no name steer the terminal', async () => {
      api.library.deleteTorrent(hashOf('a'))
      api.addTorrent('a', 'x\u001b[2J\u202egnp.exe\n', ['film.mkv'])
      const { out } = await run(['torrents'])
      for (const character of ['\u001b', '\u202e']) expect(out).not.to.contain(character)
      expect(out.split('\n')).to.have.length(4)
    })

    it('fits the terminal', async () => {
      for (const digit of ['a', 'b']) api.library.deleteTorrent(hashOf(digit))
      api.addTorrent('a', '長'.repeat(100), ['film.mkv'])
      const { out } = await run(['torrents'], {}, 80)
      const [, line = ''] = out.split('\n')
      const columns = line.length + line.split('長').length - 1
      expect(columns).to.be.within(60, 80)
      expect(line).to.contain('長…')
      expect((await run(['torrents'])).out, 'no terminal: nothing is cut').to.contain('長'.repeat(100))
    })
  })

  describe('doctor', () => {
    const good = { name: 'database', run: async () => ({ level: 'ok' as const, detail: 'opens' }) }
    const doubtful = { name: 'clock', run: async () => ({ level: 'warn' as const, detail: 'late', advice: 'Set it.' }) }
    const bad = {
      name: 'port',
      run: async () => ({ level: 'fail' as const, detail: '4444 is in use', advice: 'Set API_PORT to another.' }),
    }
    const broken = { name: 'drive', run: () => Promise.reject(new AppError('timeout', 'no answer')) }
    const silent = { name: 'TLS', run: async () => undefined }

    it('ends with 0 when all is well, and says nothing of what there is not', async () => {
      const { code, out } = await run(['doctor'], { doctorChecks: async () => [good, silent] })
      expect([code, out]).to.deep.equal([0, 'ok    database: opens\nEverything is well.\n'])
    })

    it('ends with 0 when there are warnings alone', async () => {
      const { code, out } = await run(['doctor'], { doctorChecks: async () => [good, doubtful] })
      expect(code).to.equal(0)
      expect(out.split('\n').slice(1)).to.deep.equal([
        'warn  clock: late',
        '      Set it.',
        '1 warning, nothing failed.',
        '',
      ])
    })

    it('ends with 1 when a check fails or throws, after running all of them', async () => {
      const { code, out } = await run(['doctor'], { doctorChecks: async () => [bad, broken, doubtful, good] })
      expect(code).to.equal(1)
      expect(out.split('\n')).to.deep.equal([
        'FAIL  port: 4444 is in use',
        '      Set API_PORT to another.',
        'FAIL  drive: no answer',
        'warn  clock: late',
        '      Set it.',
        'ok    database: opens',
        '2 of 4 checks failed, 1 warning.',
        '',
      ])
    })

    it('prints JSON', async () => {
      const { code, out } = await run(['doctor', '--json'], { doctorChecks: async () => [good, silent, bad] })
      expect(code).to.equal(1)
      expect(JSON.parse(out)).to.deep.equal({
        ok: false,
        checks: [
          { name: 'database', level: 'ok', detail: 'opens' },
          { name: 'port', level: 'fail', detail: '4444 is in use', advice: 'Set API_PORT to another.' },
        ],
      })
    })
  })
})
