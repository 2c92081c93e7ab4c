import { existsSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { makeContent } from '../support/make-torrent.ts'
import { DavfsMount } from './davfs-mount.ts'
import { missing, skip } from './drive.ts'
import { newDirectory, removeDirectory, run, Service } from './service.ts'

/** Without the views and what is generated beside films. */
const IN_PLACE = ['--include', '/{Inbox,Movies,TV Shows}/**.{mkv,txt,failed}']

const torrentOf = (name: string) => makeFilesTorrent(name, [{ path: `${name}.mkv`, bytes: makeContent(100_000) }])

describe('dropping torrents with real clients', function () {
  this.timeout(300_000)
  let service: Service
  let dataDir: string
  let local: string

  before(async () => {
    dataDir = newDirectory('inbox-data')
    local = newDirectory('inbox-local')
    service = await Service.start(dataDir)
  })
  after(async () => {
    expect(await service.close()).to.equal(0)
    removeDirectory(dataDir)
    removeDirectory(local)
  })

  async function torrentFile(fileName: string, releaseName: string): Promise<string> {
    const path = join(local, fileName)
    await writeFile(path, torrentOf(releaseName).metadata)
    return path
  }
  /** What the drive serves at a path, once it is there. */
  async function served(path: string): Promise<string> {
    for (let tries = 0; tries < 300; tries++) {
      const answer = await fetch(service.url(path))
      const body = await answer.text()
      if (answer.status === 200) return body
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`${path} did not come`)
  }

  it('rclone copies a .torrent and a broken one into the inbox, and finds the film and the notes', async function () {
    const reason = await missing('rclone')
    if (reason !== undefined) return skip(this, reason)
    const remote = ['--config', '/dev/null', '--webdav-url', service.driveUrl, '--webdav-vendor', 'other']
    const film = await torrentFile('My Film.torrent', 'Dropped.Film.2020.1080p.WEB-DL-DEMO')
    const broken = join(local, 'broken.torrent')
    await writeFile(broken, 'no torrent at all')
    for (const path of [film, broken]) {
      const copied = await run('rclone', ['copy', ...remote, path, ':webdav:Inbox'])
      expect(copied.code, copied.stderr).to.equal(0)
    }
    expect(await served('Inbox/My Film.added.txt')).to.include('/Movies/Dropped Film (2020)/Dropped Film (2020).mkv')
    expect(await served('Inbox/broken.error.txt')).to.include('Why: not a torrent')
    const listed = await run('rclone', ['lsf', '-R', '--files-only', ...IN_PLACE, ...remote, ':webdav:'])
    expect(listed.stdout.toString().trim().split('\n')).to.have.members([
      'Inbox/My Film.added.txt',
      'Inbox/broken.error.txt',
      'Inbox/broken.torrent.failed',
      'Movies/Dropped Film (2020)/Dropped Film (2020).mkv',
    ])
    const retried = await run('rclone', [
      'moveto',
      ...remote,
      ':webdav:Inbox/broken.torrent.failed',
      ':webdav:Inbox/broken.torrent',
    ])
    expect(retried.code, retried.stderr).to.equal(0)
    expect(await served('Inbox/broken (2).error.txt')).to.include('Why: not a torrent')
  })

  it('a file copied into a davfs2 mount turns into its note', async function () {
    let reason = await missing('mount.davfs')
    if (!existsSync('/dev/fuse') || process.getuid?.() !== 0) reason ??= 'a mount needs root and /dev/fuse'
    if (reason !== undefined) return skip(this, reason)
    const pilot = await torrentFile('pilot.torrent', 'Dropped.Show.S01E01.720p.HDTV-DEMO')
    const mount = await DavfsMount.make(service.driveUrl)
    try {
      await copyFile(pilot, join(mount.path, 'Inbox', 'pilot.torrent'))
    } finally {
      await mount.close() // uploads what the client holds back
    }
    const shown = '/TV Shows/Dropped Show/Season 01/Dropped Show - S01E01.mkv'
    expect(await served('Inbox/pilot.added.txt')).to.include(shown)
    const again = await DavfsMount.make(service.driveUrl)
    try {
      expect(await readFile(join(again.path, 'Inbox', 'pilot.added.txt'), 'utf8')).to.include(shown)
      expect(existsSync(join(again.path, 'Inbox', 'pilot.torrent'))).to.equal(false)
      expect(existsSync(join(again.path, shown))).to.equal(true)
    } finally {
      await again.close()
    }
  })

  it('curl puts a list of links there', async function () {
    const reason = await missing('curl')
    if (reason !== undefined) return skip(this, reason)
    const list = join(local, 'links.txt')
    const { infoHash } = torrentOf('Dropped.Film.2020.1080p.WEB-DL-DEMO')
    await writeFile(list, Buffer.from(`\uFEFFwatch this: magnet:?xt=urn:btih:${infoHash}\r\n`, 'utf16le'))
    const sent = await run('curl', ['-sf', '-T', list, `${service.driveUrl}Inbox/`])
    expect(sent.code, sent.stderr).to.equal(0)
    const note = await served('Inbox/links.added.txt')
    expect(note)
      .to.match(/^In the library already: Dropped\.Film/)
      .and.to.include('watch this: magnet:')
  })
})
