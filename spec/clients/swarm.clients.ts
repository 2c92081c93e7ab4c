import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { makeFilesTorrent } from '../support/files-torrent.ts'
import { LocalTracker } from '../support/local-tracker.ts'
import { makeContent } from '../support/make-torrent.ts'
import { DavfsMount } from './davfs-mount.ts'
import { newDirectory, removeDirectory, run, Service, stop } from './service.ts'
import { Transmission } from './transmission.ts'

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

/** Without the views and what is generated beside films. */
const IN_PLACE = ['--include', '/{Movies,TV Shows}/**.{mkv,mp4}']

/** Directories of FUSE need the device, which not every container has. */
const canMount = existsSync('/dev/fuse') && process.getuid?.() === 0

describe('real clients on a film out of a real swarm', function () {
  this.timeout(300_000)

  const filmBytes = makeContent(40_000_003)
  let tracker: LocalTracker
  let seeder: Transmission
  let service: Service
  let dataDir: string
  let remote: string[]

  const FILM = 'Movies/Real Swarm (2021)/Real Swarm (2021).mkv'
  const MP4 = 'Movies/Moov Last (2022)/Moov Last (2022).mp4'
  const MKV = 'TV Shows/Colour Bars/Season 01/Colour Bars - S01E01.mkv'
  let film: ReturnType<typeof makeFilesTorrent>

  before(async () => {
    tracker = await LocalTracker.start('http')
    const trackers = [tracker.url]
    film = makeFilesTorrent(
      'Real.Swarm.2021.1080p.BluRay.x264-DEMO',
      [{ path: 'Real.Swarm.2021.1080p.BluRay.x264-DEMO.mkv', bytes: filmBytes }],
      256 * 1024,
      trackers,
    )
    const others = [
      makeFilesTorrent(
        'Moov.Last.2022.720p.WEB-DL-DEMO',
        [{ path: 'Moov.Last.2022.720p.WEB-DL-DEMO.mp4', bytes: fixture('film.mp4') }],
        32_768,
        trackers,
      ),
      makeFilesTorrent(
        'Colour.Bars.S01.720p-DEMO',
        [{ path: 'Colour.Bars.S01E01.720p-DEMO.mkv', bytes: fixture('episode-1.mkv') }],
        32_768,
        trackers,
      ),
    ]
    seeder = await Transmission.start()
    dataDir = newDirectory('service')
    service = await Service.start(dataDir)
    for (const torrent of [film, ...others]) {
      await seeder.seed(torrent)
      await service.add(torrent.metadata)
    }
    remote = ['--config', '/dev/null', '--webdav-url', service.driveUrl, '--webdav-vendor', 'other']
  })

  after(async () => {
    await seeder?.close()
    await tracker?.close()
    expect(await service?.close()).to.equal(0)
    removeDirectory(dataDir)
  })

  it('rclone lists the library', async () => {
    const listed = await run('rclone', ['lsf', '-R', '--files-only', ...IN_PLACE, ...remote, ':webdav:'])
    expect(listed.stderr).not.to.match(/ERROR/)
    expect(listed.stdout.toString().trim().split('\n')).to.have.members([FILM, MP4, MKV])
  })

  it('rclone reads ten random ranges, out of the swarm', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const offset = (turn * 7_919_113) % (filmBytes.length - 70_000)
      const read = await run('rclone', [
        'cat',
        '--offset',
        `${offset}`,
        '--count',
        '65536',
        ...remote,
        `:webdav:${FILM}`,
      ])
      expect(read.code, read.stderr).to.equal(0)
      expect(sha256(read.stdout)).to.equal(sha256(filmBytes.subarray(offset, offset + 65_536)))
    }
  })

  it('rclone copies the whole film with an equal hash', async () => {
    const target = newDirectory('copy')
    const copied = await run('rclone', ['copyto', ...remote, `:webdav:${FILM}`, join(target, 'film.mkv')], 120_000)
    expect(copied.code, copied.stderr).to.equal(0)
    expect(sha256(readFileSync(join(target, 'film.mkv')))).to.equal(sha256(filmBytes))
    removeDirectory(target)
  })

  it('ffprobe reads an MP4 with its moov at the end, and an MKV, over the URL', async () => {
    const entries = ['-v', 'error', '-show_entries', 'stream=codec_name:format=duration', '-of', 'csv=p=0']
    const mp4 = await run('ffprobe', [...entries, service.url(MP4)])
    expect(mp4.stdout.toString()).to.match(/h264\naac\n40\.0/)
    const mkv = await run('ffprobe', [...entries, service.url(MKV)])
    expect(mkv.stdout.toString()).to.match(/h264\nopus\n12\.0/)
  })

  it('ffmpeg decodes a frame after a seek', async () => {
    const decoded = await run('ffmpeg', [
      '-v',
      'error',
      '-ss',
      '30',
      '-i',
      service.url(MP4),
      '-frames:v',
      '1',
      '-f',
      'md5',
      '-',
    ])
    expect(decoded.stdout.toString()).to.match(/^MD5=[0-9a-f]{32}/)
  })

  it('an rclone mount reads the film as a file', async function () {
    if (!canMount) return this.skip()
    const target = newDirectory('mount')
    const mount = spawn('rclone', [
      'mount',
      ...remote,
      '--read-only',
      '--vfs-cache-mode',
      'off',
      '--buffer-size',
      '0',
      ':webdav:',
      target,
    ])
    try {
      for (let attempt = 0; attempt < 100 && !existsSync(join(target, 'Movies')); attempt++) {
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      const read = await run('sha256sum', [join(target, FILM)], 120_000)
      expect(read.stdout.toString().slice(0, 64)).to.equal(sha256(filmBytes))
    } finally {
      await stop(mount)
      removeDirectory(target)
    }
  })

  it('davfs2 mounts the drive and reads a file', async function () {
    if (!canMount) return this.skip()
    const mount = await DavfsMount.make(service.driveUrl)
    try {
      const read = await run('sha256sum', [join(mount.path, MP4)])
      expect(read.stdout.toString().slice(0, 64)).to.equal(sha256(fixture('film.mp4')))
    } finally {
      await mount.close()
    }
  })

  it('cadaver lists a folder', async () => {
    const script = newDirectory('cadaver')
    writeFileSync(join(script, 'rc'), 'ls "Movies"\nquit\n')
    const listed = await run('cadaver', ['-r', join(script, 'rc'), service.driveUrl])
    expect(listed.stdout.toString()).to.include('Real Swarm (2021)')
    removeDirectory(script)
  })

  it('aria2 downloads the film from us alone', async () => {
    await seeder.close()
    const target = newDirectory('leech')
    const torrentFile = join(target, 'film.torrent')
    writeFileSync(torrentFile, film.metadata)
    // A slow reader keeps the torrent awake while the other client fetches from it.
    const reading = spawn('curl', ['-s', '--limit-rate', '200K', '-o', '/dev/null', service.url(FILM)])
    try {
      const leeched = await run(
        'aria2c',
        [
          '--dir',
          target,
          '--enable-dht=false',
          '--enable-dht6=false',
          '--bt-enable-lpd=false',
          '--enable-peer-exchange=false',
          '--interface=127.0.0.1',
          '--listen-port=20000-60000',
          '--seed-time=0',
          '--bt-stop-timeout=100',
          '--quiet',
          torrentFile,
        ],
        120_000,
      )
      expect(leeched.code, leeched.stdout.toString()).to.equal(0)
      const file = film.files[0]
      expect(sha256(readFileSync(join(target, film.name, file?.path ?? '')))).to.equal(sha256(filmBytes))
    } finally {
      await stop(reading)
      removeDirectory(target)
    }
  })
})
