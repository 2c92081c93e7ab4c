import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { Drive, EPISODES, FILM, missing, skip } from './drive.ts'
import { newDirectory, removeDirectory, run } from './service.ts'

/** Where a person finds the pictures; not under version control. */
const PICTURES = fileURLToPath(new URL('../../dist/screenshots/', import.meta.url))

describe('a browser', function () {
  this.timeout(300_000)
  let reason: string | undefined
  let drive: Drive
  let profile: string
  before(async function () {
    reason = await missing('chromium')
    if (reason !== undefined) return skip(this, reason)
    profile = newDirectory('chromium')
    drive = await Drive.start()
  })
  after(async () => {
    if (reason !== undefined) return
    removeDirectory(profile)
    expect(await drive.close()).to.equal(0)
  })

  const chromium = async (url: string, ...options: readonly string[]): Promise<string> => {
    const settings = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--window-size=900,600',
      `--user-data-dir=${profile}`,
    ]
    const { code, stdout, stderr } = await run('chromium', [...settings, ...options, url])
    expect(code, stderr).to.equal(0)
    return stdout.toString()
  }
  /** Names in the order of the page, links as the browser understood them. */
  const rows = (dom: string): readonly (readonly [name: string, href: string])[] =>
    [...dom.matchAll(/<tr><td><a href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].map(([, href = '', name = '']) => [
      name,
      decodeURIComponent(href),
    ])
  const parent = (path: string): string => path.slice(0, path.lastIndexOf('/'))

  it('shows a directory as a page with links to what is in it', async () => {
    const directory = parent(EPISODES[0] ?? '')
    const dom = await chromium(`${drive.service.url(directory)}/`, '--dump-dom')
    expect(rows(dom)).to.deep.equal([
      ['../', `/${parent(directory)}/`],
      ...EPISODES.map((path) => [path.split('/').at(-1), `/${path}`]),
    ])
    expect([...dom.matchAll(/title="Play"/g)]).to.have.length(3)
  })

  it('shows it in the order that a heading was clicked for', async () => {
    const dom = await chromium(`${drive.service.url(parent(EPISODES[0] ?? ''))}/?sort=name&order=desc`, '--dump-dom')
    expect(rows(dom).slice(1)).to.deep.equal(
      [...EPISODES].reverse().map((path) => [path.split('/').at(-1), `/${path}`]),
    )
  })

  it('paints the page, and a film that it plays by itself', async () => {
    mkdirSync(PICTURES, { recursive: true })
    for (const [name, url] of [
      ['listing.png', `${drive.service.url(parent(EPISODES[0] ?? ''))}/`],
      ['film.png', drive.service.url(FILM)],
    ] as const) {
      const picture = join(PICTURES, name)
      await chromium(url, `--screenshot=${picture}`, '--virtual-time-budget=3000')
      expect(statSync(picture).size, name).to.be.above(5_000)
    }
  })
})
