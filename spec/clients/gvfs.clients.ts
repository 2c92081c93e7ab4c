import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { Drive, EPISODES, FILM, fixture, missing, skip } from './drive.ts'
import { newDirectory, removeDirectory, run } from './service.ts'

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** One session, since a mount ends with its bus. Each step prints a line that the spec looks at. */
const SCRIPT = `
set -u
printf '%s\\n' "$USERNAME" "$PASSWORD" | gio mount "$URL" >/dev/null && echo mounted
gio list "$URL" | grep -Ex 'Inbox|Movies|Offline|TV Shows' | sort | paste -sd, | sed 's/^/root: /'
gio info -a standard::size,standard::type "$URL/$FILM" | sed -n 's/.*standard::size: /size: /p'
gio cat "$URL/$FILM" | sha256sum | sed 's/^/film: /'
gio list "$URL/$SEASON" | sort | paste -sd, | sed 's/^/season: /'
gio mkdir "$URL/Movies/New" 2>/dev/null && echo 'library: changed'
gio mkdir "$URL/Inbox/notes" && gio copy "$NOTE" "$URL/Inbox/notes/one.nfo" && echo copied
gio rename "$URL/Inbox/notes/one.nfo" 'two.nfo' >/dev/null && gio cat "$URL/Inbox/notes/two.nfo"
gio copy "$NOTE" "$URL/Inbox/notes/two.nfo" && gio remove "$URL/Inbox/notes/two.nfo" && gio remove "$URL/Inbox/notes"
gio list "$URL/Inbox" | paste -sd, | sed 's/^/inbox: /'
gio rename "$URL/$FOLDER" 'Other Film (1999)' >/dev/null && gio list "$URL/Movies/Other%20Film%20(1999)" | sed 's/^/renamed: /'
gio copy "$URL/Movies/Other%20Film%20(1999)/Other%20Film%20(1999).mp4" "$URL/Offline/film.mp4" && gio list "$URL/Offline" | sed 's/^/offline: /'
gio remove "$URL/Offline/film.mp4" && gio remove "$URL/Movies/Other%20Film%20(1999)/Other%20Film%20(1999).mp4" && gio list "$URL/Trash" | sed 's/^/trash: /'
gio move "$URL/Trash/Other%20Film%20(1999)" "$URL/$FOLDER" && gio info -a standard::size "$URL/$FILM" | sed -n 's/.*standard::size: /restored: /p'
gio mount -u "$URL" && echo unmounted
`

describe('gvfs, by gio', function () {
  this.timeout(300_000)
  let drive: Drive
  let reason: string | undefined
  before(async function () {
    reason = await missing('gio', 'dbus-run-session')
    if (
      reason === undefined &&
      (await run('sh', ['-c', 'ls /usr/lib*/gvfs/gvfsd-dav /usr/libexec/gvfsd-dav'])).stdout.length === 0
    )
      reason = 'gvfs-backends is not installed'
    if (reason !== undefined) return skip(this, reason)
    drive = await Drive.start({ WEBDAV_USERNAME: 'Mufasa', WEBDAV_PASSWORD: 'Circle of Life' })
  })
  after(async () => {
    if (reason === undefined) expect(await drive.close()).to.equal(0)
  })

  it('mounts with a login, lists, reads a film, and writes, renames and removes in the inbox', async () => {
    const home = newDirectory('gvfs')
    const note = join(home, 'note.txt')
    writeFileSync(note, 'a note\n')
    const encode = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
    const environment = {
      HOME: home,
      XDG_RUNTIME_DIR: home,
      GIO_USE_VOLUME_MONITOR: 'unix',
      URL: drive.service.driveUrl.replace(/^http/, 'dav').replace(/\/$/, ''),
      USERNAME: 'Mufasa',
      PASSWORD: 'Circle of Life',
      FILM: encode(FILM),
      FOLDER: encode(dirname(FILM)),
      SEASON: encode('TV Shows/Colour Bars/Season 01'),
      NOTE: note,
    }
    const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    const { stdout, stderr } = await run('env', [...settings, 'dbus-run-session', '--', 'sh', '-c', SCRIPT], 90_000)
    removeDirectory(home)
    expect(stdout.toString().trim().split('\n'), stderr).to.deep.equal([
      'mounted',
      'root: Inbox,Movies,Offline,TV Shows',
      `size: ${fixture('film.mp4').length}`,
      `film: ${sha256(fixture('film.mp4'))}  -`,
      `season: ${EPISODES.map((path) => path.split('/').at(-1)).join(',')}`,
      'copied',
      'a note',
      'inbox: ',
      'renamed: Other Film (1999).mp4',
      'offline: film.mp4',
      'trash: Other Film (1999)',
      `restored: ${fixture('film.mp4').length}`,
      'unmounted',
    ])
  })
})
