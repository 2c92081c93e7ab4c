import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { DavfsMount } from './davfs-mount.ts'
import { Drive, EPISODES, FILM, fixture, missing, skip } from './drive.ts'

describe('davfs2', function () {
  this.timeout(120_000)
  let reason: string | undefined
  let drive: Drive
  let mount: DavfsMount

  before(async function () {
    reason = await missing('mount.davfs')
    if (!existsSync('/dev/fuse') || process.getuid?.() !== 0) reason ??= 'a mount needs root and /dev/fuse'
    if (reason !== undefined) return skip(this, reason)
    drive = await Drive.start({ WEBDAV_USERNAME: 'Mufasa', WEBDAV_PASSWORD: 'Circle' })
    mount = await DavfsMount.make(drive.service.driveUrl, 'Mufasa Circle')
  })
  after(async () => {
    if (reason !== undefined) return
    await mount.close()
    expect(await drive.close()).to.equal(0)
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

  it('cannot change the library', async () => {
    const refused = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done').catch(() => 'refused')
    expect(await refused(mkdir(join(mount.path, 'Movies/New')))).to.equal('refused')
    expect(await refused(rm(join(mount.path, FILM)))).to.equal('refused')
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
