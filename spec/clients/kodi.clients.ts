import { expect } from 'chai'
import { Drive, EPISODES, FILM, fixture, missing, skip } from './drive.ts'
import { Kodi, until } from './kodi.ts'

const PLAY_MS = 120_000

interface Time {
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
  readonly milliseconds: number
}

const secondsOf = ({ hours, minutes, seconds, milliseconds }: Time): number =>
  hours * 3600 + minutes * 60 + seconds + milliseconds / 1000

interface KodiFile {
  readonly file: string
  readonly label: string
  readonly filetype: string
  readonly size: number
  readonly lastmodified: string
}

describe('Kodi', function () {
  this.timeout(300_000)
  let reason: string | undefined
  let drive: Drive
  let kodi: Kodi
  let root: string

  before(async function () {
    reason = await missing('kodi', 'xvfb-run')
    if (reason !== undefined) return skip(this, reason)
    drive = await Drive.start({ WEBDAV_USERNAME: 'mufasa', WEBDAV_PASSWORD: 'circle' })
    root = drive.service.driveUrl.replace('http://', 'dav://mufasa:circle@')
    kodi = await Kodi.start(root)
  })
  after(async () => {
    if (reason !== undefined) return
    await kodi?.close()
    expect(await drive?.close()).to.equal(0)
  })

  const list = async (directory: string): Promise<readonly KodiFile[]> => {
    const properties = ['size', 'lastmodified']
    return (await kodi.call('Files.GetDirectory', { directory, media: 'video', properties })).files
  }
  /** As a person does: from the source down, by the links that Kodi itself shows. */
  const browse = async (path: string): Promise<KodiFile> => {
    let entry: KodiFile | undefined
    for (const name of path.split('/')) {
      entry = (await list(entry?.file ?? root)).find(({ label }) => label === name)
      if (!entry) throw new Error(`not listed: ${name} of ${path}`)
    }
    return entry as KodiFile
  }

  it('has the drive as a source, and directories in it', async () => {
    const { sources } = await kodi.call('Files.GetSources', { media: 'video' })
    expect(sources.map(({ label }: { label: string }) => label)).to.deep.equal(['drive'])
    const entries = await list(root)
    expect(entries.map(({ label, filetype }) => `${filetype} ${label}`)).to.include.members([
      'directory Movies',
      'directory TV Shows',
    ])
  })

  it('lists a season with sizes and dates', async () => {
    for (const [index, path] of EPISODES.entries()) {
      const episode = await browse(path)
      expect(episode.filetype).to.equal('file')
      expect(episode.size).to.equal(fixture(`episode-${index + 1}.mkv`).length)
      expect(episode.lastmodified).to.match(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/)
    }
  })

  it('stats a film', async () => {
    const { file } = await browse(FILM)
    const properties = ['size', 'mimetype']
    const { filedetails } = await kodi.call('Files.GetFileDetails', { file, media: 'files', properties })
    expect(filedetails).to.include({ size: fixture('film.mp4').length, mimetype: 'video/mp4' })
  })

  it('plays a second of the film, and goes on after a seek', async () => {
    const { file } = await browse(FILM)
    await kodi.call('Player.Open', { item: { file } })
    const position = (atLeastS: number): Promise<number> =>
      until(PLAY_MS, `the player is ${atLeastS} s into the film`, async () => {
        const properties = ['time', 'totaltime', 'speed']
        const player = await kodi.call('Player.GetProperties', { playerid: 1, properties }).catch(() => undefined)
        return player && secondsOf(player.time) >= atLeastS ? secondsOf(player.totaltime) : undefined
      })
    expect(await position(1)).to.be.closeTo(40, 0.5)
    await kodi.call('Player.Seek', { playerid: 1, value: { time: { seconds: 30 } } })
    await position(30.5)
    await kodi.call('Player.Stop', { playerid: 1 })
  })
})
