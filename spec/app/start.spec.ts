import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { App } from '../../lib/app.ts'
import { makeTorrent } from '../support/make-torrent.ts'
import { callApi, newDataDir, removeDataDir, startApp } from '../support/running-app.ts'

describe('the start of the service', function () {
  this.timeout(60_000)

  let dataDir: string
  let app: App | undefined

  beforeEach(() => {
    dataDir = newDataDir()
    app = undefined
  })
  afterEach(async () => {
    await app?.close()
    removeDataDir(dataDir)
  })

  const messageOf = (starting: Promise<App>): Promise<string> =>
    starting.then(
      () => expect.fail('it started'),
      (error: Error) => error.message,
    )

  const start = async (settings: Readonly<Record<string, string>> = {}): Promise<App> => {
    app = await startApp(dataDir, settings)
    return app
  }

  it('leaves the library of a running service as it is', async () => {
    const running = await start()
    for (const [seed, name] of ['Film.1999.720p.mkv', 'Film.1999.1080p.mkv'].entries()) {
      const { metadata } = makeTorrent({ name, totalBytes: 1000, pieceBytes: 16384, seed })
      await callApi(running, '/api/torrents', { torrent: Buffer.from(metadata).toString('base64') })
    }
    const message = await messageOf(startApp(dataDir, { VERSION_POLICY: 'best' }))
    expect(message).to.match(/^DATA_DIR: .*pieces is in use/)
    const { json } = await callApi(running, '/api/movies/1')
    expect(json.assignments.map((one: { is_active: boolean }) => one.is_active)).to.deep.equal([true, true])
  })

  it('removes what an import left behind when the process was killed', async () => {
    await mkdir(join(dataDir, 'tmp', 'momoshtrem-import-abc'), { recursive: true })
    await writeFile(join(dataDir, 'tmp', 'momoshtrem-import-abc', 'library.jsonl'), 'x')
    const running = await start()
    expect(await readdir(join(dataDir, 'tmp'))).to.deep.equal([])
    const document = await (await fetch(`${running.apiUrl}/api/library/export`)).text()
    const imported = await fetch(`${running.apiUrl}/api/library/import`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: document,
    })
    expect(imported.status).to.equal(200)
  })

  for (const name of ['pieces', 'inbox', 'subtitles']) {
    it(`names DATA_DIR when ${name} is no directory`, async () => {
      await writeFile(join(dataDir, name), '')
      const message = await messageOf(start())
      expect(message)
        .to.match(/^DATA_DIR: /)
        .and.to.include(join(dataDir, name))
    })
  }

  it('names DATA_DIR when the metadata cannot be opened', async () => {
    await mkdir(join(dataDir, 'metadata.sqlite'))
    const message = await messageOf(start({ TMDB_API_KEY: 'key' }))
    expect(message)
      .to.match(/^DATA_DIR: /)
      .and.to.include(join(dataDir, 'metadata.sqlite'))
  })

  it('names TORRENT_HOST when it is no address of this machine', async () => {
    const message = await messageOf(start({ TORRENT_HOST: '192.0.2.1' }))
    expect(message).to.equal('TORRENT_HOST 192.0.2.1 is not an address of this machine')
  })
})
