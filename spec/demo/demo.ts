import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from '../../lib/app.ts'
import { parseConfig } from '../../lib/config.ts'
import { createLogger } from '../../lib/log.ts'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { LocalSeeder } from './local-seeder.ts'

/** The service beside a seeder of a small film and three episodes, on this machine alone. Ends with Ctrl-C, leaves nothing. */

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

const film = makeFilesTorrent('Test.Pattern.2026.360p.WEB-DL.x264-DEMO', [
  { path: 'Test.Pattern.2026.360p.WEB-DL.x264-DEMO.mp4', bytes: fixture('film.mp4') },
])
const season = makeFilesTorrent(
  'Colour.Bars.S01.360p.WEB-DL.x264-DEMO',
  ['Black', 'Yellow', 'Cyan'].map((name, index) => ({
    path: `Colour.Bars.S01E0${index + 1}.${name}.360p.WEB-DL.x264-DEMO.mkv`,
    bytes: fixture(`episode-${index + 1}.mkv`),
  })),
  16 * 1024,
)

const directory = mkdtempSync(join(tmpdir(), 'momoshtrem-demo-'))
const seeder = await LocalSeeder.start(join(directory, 'seeder'), [film, season])
const app = App.create(
  parseConfig({
    TORRENT_HOST: '127.0.0.1',
    TORRENT_PORT: '0',
    DHT: 'false',
    ...process.env,
    DATA_DIR: join(directory, 'data'),
  }),
  await createLogger({ level: 'warn', isPretty: true }),
)

async function add(magnetUri: string): Promise<void> {
  const answer = await fetch(`${app.apiUrl}/api/torrents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${process.env.API_TOKEN ?? ''}` },
    body: JSON.stringify({ magnet_uri: magnetUri }),
  })
  if (!answer.ok) throw new Error(`the demo's torrent was not added: ${answer.status} ${await answer.text()}`)
}

const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
})
try {
  await app.start()
  for (const torrent of [film, season]) await add(torrent.magnetTo(seeder.address))
  const filmUrl = `${app.webdavUrl}Movies/Test%20Pattern%20(2026)/Test%20Pattern%20(2026).mp4`
  process.stdout.write(`
The drive is at ${app.webdavUrl} with one film and three episodes. Nothing of them is here yet:
what you read is fetched from a seeder on this machine (${seeder.address}). Try:

  rclone lsf -R --webdav-url ${app.webdavUrl} --webdav-vendor other :webdav:
  ffplay "${filmUrl}"                  (or open it in VLC, mpv, a browser)
  curl -r -1000 -o tail.bin "${filmUrl}"
  curl ${app.apiUrl}/api/torrents

Mount it: Finder, Go > Connect to Server; Windows, net use M: ${app.webdavUrl}; Linux, rclone mount.
Ctrl-C ends the demo and removes what it made.
`)
  await stopped
} finally {
  await app.close()
  await seeder.close()
  rmSync(directory, { recursive: true, force: true })
}
