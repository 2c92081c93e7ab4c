import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { Drive, EPISODES, FILM, fixture, missing, skip } from './drive.ts'
import { newDirectory, type Ran, removeDirectory, run } from './service.ts'

const TRASHED = FILM.replace(/^Movies/, 'Trash')
const RENAMED = 'Movies/Other Film (1999)'
const [FIRST = ''] = EPISODES

describe('rclone on a library that it may write', function () {
  this.timeout(300_000)
  let reason: string | undefined
  let drive: Drive
  let local = ''

  before(async function () {
    reason = await missing('rclone')
    if (reason !== undefined) return skip(this, reason)
    drive = await Drive.start({ ALLOW_WRITE: 'true' })
    local = newDirectory('rclone-local')
    const bytes = new Map([[FILM, fixture('film.mp4')]])
    for (const [index, path] of EPISODES.entries()) bytes.set(path, fixture(`episode-${index + 1}.mkv`))
    for (const [path, content] of bytes) {
      mkdirSync(join(local, dirname(path)), { recursive: true })
      writeFileSync(join(local, path), content)
    }
  })
  after(async () => {
    if (reason !== undefined) return
    expect(await drive.close()).to.equal(0)
    removeDirectory(local)
  })

  const rclone = async (command: string, ...args: string[]): Promise<Ran> => {
    const remote = ['--config', '/dev/null', '--webdav-url', drive.service.driveUrl, '--webdav-vendor', 'other']
    const ran = await run('rclone', [command, '--retries', '1', ...remote, ...args])
    expect(ran.code, ran.stderr).to.equal(0)
    return ran
  }
  const on = (path: string): string => `:webdav:${path}`
  /** Videos below a folder, by their paths from there. */
  const videos = async (folder: string): Promise<readonly string[]> => {
    const { stdout } = await rclone('lsf', '-R', '--files-only', on(folder))
    return stdout
      .toString()
      .split('\n')
      .filter((path) => /\.(?:mkv|mp4)$/.test(path))
  }

  it('checks the library against a local copy of it', async () => {
    const { stderr } = await rclone('check', '--download', '--one-way', local, on(''))
    expect(stderr)
      .to.include('0 differences found')
      .and.include(`${EPISODES.length + 1} matching files`)
  })

  it('copies a season out of the swarm with nothing left to copy then', async () => {
    const target = newDirectory('rclone-copy')
    await rclone('copy', on(dirname(FIRST)), target)
    const { stderr } = await rclone('check', '--download', '--one-way', on(dirname(FIRST)), target)
    expect(stderr).to.include('0 differences found')
    const again = await rclone('copy', '-v', on(dirname(FIRST)), target)
    expect(again.stderr).to.include('nothing to transfer')
    removeDirectory(target)
  })

  it('deletefile puts a film into the trash, moveto takes it back', async () => {
    await rclone('deletefile', on(FILM))
    expect(await videos('Trash')).to.deep.equal([TRASHED.slice('Trash/'.length)])
    expect(await videos('Movies')).to.deep.equal([])
    await rclone('moveto', on(TRASHED), on(FILM))
    expect(await videos('Movies')).to.deep.equal([FILM.slice('Movies/'.length)])
    await rclone('check', '--download', '--one-way', join(local, 'Movies'), on('Movies'))
  })

  it('moveto gives a film another identity, by its folder or by its file, and back', async () => {
    await rclone('moveto', on(dirname(FILM)), on(RENAMED))
    expect(await videos('Movies')).to.deep.equal(['Other Film (1999)/Other Film (1999).mp4'])
    await rclone('moveto', on(`${RENAMED}/Other Film (1999).mp4`), on(`${RENAMED}/Moov.Last.2022.720p.mp4`))
    expect(await videos('Movies')).to.deep.equal([FILM.slice('Movies/'.length)])
  })

  it('purge puts a show into the trash, delete file by file too', async () => {
    const show = dirname(dirname(FIRST))
    await rclone('purge', on(show))
    expect(await videos('Trash')).to.have.length(EPISODES.length)
    await rclone('moveto', on('Trash/Colour Bars'), on(show))
    expect(await videos('TV Shows')).to.have.length(EPISODES.length)
    await rclone('delete', on(show))
    expect(await videos('TV Shows')).to.deep.equal([])
    await rclone('moveto', on('Trash/Colour Bars'), on(show))
    expect(await videos('TV Shows')).to.have.length(EPISODES.length)
    expect((await videos('')).filter((path) => path.startsWith('Trash/'))).to.deep.equal([])
  })

  it('copyto /Offline pins a film, without reading a byte of it itself, deletefile there unpins', async () => {
    const { stderr } = await rclone('copyto', '-vv', on(FILM), on('Offline/trip/film.mp4'))
    expect(stderr).to.include('server-side copy')
    expect(await videos('Offline')).to.deep.equal(['trip/film.mp4'])
    await rclone('check', '--download', '--one-way', on('Offline/trip'), on('Offline/trip'))
    await rclone('deletefile', on('Offline/trip/film.mp4'))
    expect(await videos('Offline')).to.deep.equal([])
    expect(await videos('Movies')).to.have.length(1)
  })
})
