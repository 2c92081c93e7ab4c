import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { DavfsMount } from './davfs-mount.ts'
import { Drive, EPISODES, FILM, fixture, missing, skip } from './drive.ts'
import { run } from './service.ts'

describe('davfs2', function () {
  this.timeout(300_000)
  let reason: string | undefined
  let drive: Drive
  let mount: DavfsMount

  before(async function () {
    reason = await missing('mount.davfs', 'curl')
    if (!existsSync('/dev/fuse') || process.getuid?.() !== 0) reason ??= 'a mount needs root and /dev/fuse'
    if (reason !== undefined) return skip(this, reason)
    drive = await Drive.start({ WEBDAV_USERNAME: 'Mufasa', WEBDAV_PASSWORD: 'Circle' })
    mount = await DavfsMount.make(drive.service.driveUrl, 'Mufasa Circle')
  })
  after(async () => {
    if (reason !== undefined) return
    await mount?.close()
    expect(await drive?.close()).to.equal(0)
  })

  // Nothing synchronous here: the peers that the bytes come from are in this process.
  it('shows the library as directories and files of their sizes', async () => {
    expect(await readdir(mount.path)).to.include.members(['Inbox', 'Movies', 'TV Shows'])
    for (const [index, path] of EPISODES.entries()) {
      const bytes = fixture(`episode-${index + 1}.mkv`)
      expect((await stat(join(mount.path, path))).size, path).to.equal(bytes.length)
    }
  })

  it('reads a film', async () => {
    const bytes = await readFile(join(mount.path, FILM))
    expect(bytes.equals(fixture('film.mp4'))).to.equal(true)
  })

  it('cannot put anything into the library', async () => {
    const refused = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done').catch(() => 'refused')
    expect(await refused(mkdir(join(mount.path, 'Movies/New')))).to.equal('refused')
    expect(await refused(writeFile(join(mount.path, 'Movies/new.mkv'), 'x'))).to.equal('refused')
  })

  it('moves a film to the trash with all that stands beside it, takes it back, and gives it another name', async () => {
    const at = (path: string): string => join(mount.path, path)
    const folder = dirname(FILM)
    const trashed = folder.replace(/^Movies/, 'Trash')
    const isServed = async (path: string): Promise<boolean> => {
      const { code } = await run('curl', ['-sfI', '--digest', '-u', 'Mufasa:Circle', drive.service.url(path)])
      return code === 0
    }
    await rm(at(folder), { recursive: true })
    expect(await isServed(FILM)).to.equal(false)
    await mount.close() // or it would look for the trash where it saw none
    mount = await DavfsMount.make(drive.service.driveUrl, 'Mufasa Circle')
    await rename(at(trashed), at('Movies/Other Film (1999)'))
    expect(await isServed('Movies/Other Film (1999)/Other Film (1999).mp4')).to.equal(true)
    await rename(at('Movies/Other Film (1999)'), at(folder))
    expect(await isServed(FILM)).to.equal(true)
    expect((await readFile(at(FILM))).equals(fixture('film.mp4'))).to.equal(true)
  })

  it('writes, renames and removes in the inbox, under a lock', async () => {
    const inbox = join(mount.path, 'Inbox')
    await mkdir(join(inbox, 'notes'))
    await writeFile(join(inbox, 'notes', 'one.nfo'), 'x'.repeat(200_000))
    await rename(join(inbox, 'notes', 'one.nfo'), join(inbox, 'notes', 'zwei – 二.nfo'))
    // Remounted, nothing of it comes from the client's own cache.
    await mount.close()
    mount = await DavfsMount.make(drive.service.driveUrl, 'Mufasa Circle')
    const written = join(mount.path, 'Inbox', 'notes', 'zwei – 二.nfo')
    expect(await readFile(written, 'utf8')).to.equal('x'.repeat(200_000))
    expect(await readdir(join(mount.path, 'Inbox', 'notes'))).to.deep.equal(['zwei – 二.nfo'])
    await rm(join(mount.path, 'Inbox', 'notes'), { recursive: true })
    expect(await readdir(join(mount.path, 'Inbox'))).to.not.include('notes')
  })
})
