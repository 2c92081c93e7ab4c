import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { ConnectPages } from '../../lib/connect/connect-pages.ts'
import { SignedLinks } from '../../lib/connect/signed-links.ts'
import { systemClock } from '../../lib/domain/clock.ts'
import { type Outline, treeOf } from '../support/tree-fixture.ts'
import { type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'
import { Chromium, type Look } from './chromium.ts'
import { missing, skip } from './drive.ts'

/** Where a person finds the pictures; not under version control. */
const PICTURES = fileURLToPath(new URL('../../dist/screenshots/', import.meta.url))

const GB = 1_000_000_000
const film = (name: string, sizeBytes: number): Outline => ({ [name]: { [`${name}.mkv`]: sizeBytes } })
const LONG = 'Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1964)'
const UNBROKEN = `Supercalifragilistic${'expialidocious'.repeat(6)} (2013)`
const current = treeOf({
  Movies: {
    ...film(LONG.replace(':', ''), 8.4 * GB),
    ...film(UNBROKEN, 2 * GB),
    ...film('千と千尋の神隠し (2001)', 4.2 * GB),
    ...film('قصة (2019)', 1.1 * GB),
    ...Object.assign({}, ...Array.from({ length: 20 }, (_, index) => film(`Film ${index + 1} (${1980 + index})`, GB))),
  },
  'TV Shows': {
    'The Long-Running Show (2010)': {
      'Season 01': Object.fromEntries(
        Array.from({ length: 10 }, (_, index) => [
          [`The Long-Running Show - S01E${String(index + 1).padStart(2, '0')}.mkv`, 0.9 * GB + index * 1e7],
          [`The Long-Running Show - S01E${String(index + 1).padStart(2, '0')}.en.srt`, 40_000],
        ]).flat(),
      ),
      'Season 02': { 'The Long-Running Show - S02E01.mkv': GB },
    },
  },
  Unsorted: {},
  'Recently Added': {},
})

const LOOKS: readonly Look[] = [390, 1280].flatMap((widthPx) =>
  (['light', 'dark'] as const).map((scheme) => ({ widthPx, scheme })),
)

describe('pages in a browser', function () {
  this.timeout(300_000)
  let reason: string | undefined
  let chromium: Chromium
  let drive: RunningWebdav
  let connect: Server
  let connectUrl: string

  before(async function () {
    reason = await missing('chromium')
    if (reason !== undefined) return skip(this, reason)
    mkdirSync(PICTURES, { recursive: true })
    drive = await startWebdav({ trees: { current } })
    const pages = new ConnectPages({
      trees: { current },
      links: new SignedLinks(new Uint8Array(32).fill(1), systemClock),
      listener: () => ({ host: '0.0.0.0', port: drive.port, isTls: false, publicUrl: '' }),
      login: { username: 'me', needsLogin: true },
      isBasicOverHttp: true,
      token: '',
      clock: systemClock,
    })
    connect = createServer((req, res) => {
      const { host, authorization, 'user-agent': userAgent } = req.headers
      const { status, headers, body } = pages.handle({ url: req.url ?? '/', host, userAgent, authorization })
      res.writeHead(status, headers).end(body)
    }).listen(0, '127.0.0.1')
    await once(connect, 'listening')
    connectUrl = `http://127.0.0.1:${(connect.address() as AddressInfo).port}`
    chromium = Chromium.start()
  })
  after(async () => {
    if (reason !== undefined) return
    connect.close()
    connect.closeAllConnections()
    await drive.server.close()
    await chromium.close()
  })

  const PAGES: readonly (readonly [name: string, url: () => string, texts: readonly string[]])[] = [
    ['root', () => `${drive.url}/`, ['Movies', 'TV Shows', 'Recently Added']],
    ['empty', () => `${drive.url}/Unsorted/`, ['Momoshtrem / Unsorted', 'Nothing is here yet.']],
    ['movies', () => `${drive.url}/Movies/`, ['Film 20 (1999)', '千と千尋の神隠し (2001)', 'expialidocious']],
    [
      'season',
      () => `${drive.url}/TV%20Shows/The%20Long-Running%20Show%20(2010)/Season%2001/`,
      ['The Long-Running Show - S01E10.mkv', 'The Long-Running Show - S01E01.en.srt', 'MiB'],
    ],
    [
      'connect',
      () => `${connectUrl}/connect`,
      ['Connect to the drive', 'macOS Finder', 'rclone', 'Kodi', 'Player links'],
    ],
    ['play', () => `${connectUrl}/connect/play`, ['25 titles', 'Season 02', 'Film 7 (1986)']],
    ['search', () => `${connectUrl}/connect/play?q=none-of-them`, ['0 titles']],
  ]
  for (const [name, url, texts] of PAGES) {
    for (const look of LOOKS) {
      it(`${name}, ${look.widthPx} px wide, ${look.scheme}`, async () => {
        const seen = await chromium.see(url(), look)
        writeFileSync(join(PICTURES, `${name}-${look.widthPx}-${look.scheme}.png`), seen.png)
        for (const text of texts) expect(seen.text).to.include(text)
        expect(seen.overflowPx).to.equal(0)
        expect(seen.complaints).to.deep.equal([])
        expect(seen.requests).to.deep.equal([url()])
      })
    }
  }
})
