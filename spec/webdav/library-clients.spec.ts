import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Drive, openDrive } from '../actions/fixture.ts'
import { exchange } from '../support/http-exchange.ts'
import { type RunningWebdav, startWebdav } from '../support/webdav-fixture.ts'

const LOCK_BODY =
  '<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner><D:href>a client</D:href></D:owner></D:lockinfo>'
const WINDOWS_TIMES =
  '<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop><Z:Win32CreationTime>Fri, 01 Mar 2024 12:30:15 GMT</Z:Win32CreationTime><Z:Win32LastModifiedTime>Fri, 01 Mar 2024 12:30:15 GMT</Z:Win32LastModifiedTime><Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>'

/** `METHOD path[ → destination] [field=value …] = status`; `%TOKEN%` is that of the last lock. */
type Script = readonly string[]
const LINE = /^(\w+) (\/.*?)(?: → (\/.*?))?((?: [\w-]+=\S+)*) = (\d{3})$/
const BODIES: Readonly<Record<string, string>> = { LOCK: LOCK_BODY, PROPPATCH: WINDOWS_TIMES, PUT: 'x' }

interface Replay {
  readonly client: string
  readonly does: string
  readonly script: Script
  /** What shows afterwards that did not, and what no longer does. */
  readonly shows: readonly string[]
  readonly hides: readonly string[]
}

const HEAT_FILES = ['Heat (1995).de.srt', 'Heat (1995).en.srt', 'Heat (1995).mkv', 'movie.nfo']
const EPISODE = '/TV Shows/Lost (2004)/Season 02/Lost - S02E01.mkv'

const REPLAYS: readonly Replay[] = [
  {
    client: 'Finder',
    does: 'moves a film to the trash: every file, then the folder that it finds empty or gone',
    script: [
      'PROPFIND /Movies/Heat (1995) Depth=0 = 207',
      'PROPFIND /Movies/Heat (1995)/._Heat (1995).mkv Depth=0 = 404',
      ...HEAT_FILES.map((name) => `DELETE /Movies/Heat (1995)/${name} = 204`),
      'DELETE /Movies/Heat (1995)/ = 204',
    ],
    shows: ['/Trash/Heat (1995)/Heat (1995).mkv'],
    hides: ['/Movies/Heat (1995)'],
  },
  {
    client: 'Finder',
    does: 'renames a folder, its shadow file too',
    script: [
      'PROPFIND /Movies/Ronin (1998) Depth=0 = 404',
      'MOVE /Movies/Heat (1995)/ → /Movies/Ronin (1998)/ Overwrite=F = 201',
      'PROPFIND /Movies/._Heat (1995) Depth=0 = 404',
      'PROPFIND /Movies/Ronin (1998) Depth=0 = 207',
    ],
    shows: ['/Movies/Ronin (1998)/Ronin (1998).mkv'],
    hides: ['/Movies/Heat (1995)'],
  },
  {
    client: 'Finder',
    does: 'cannot copy a file of its own into the library',
    script: ['PROPFIND /Movies/mine.mkv Depth=0 = 404', 'PUT /Movies/mine.mkv = 403', 'LOCK /Movies/mine.mkv = 403'],
    shows: [],
    hides: ['/Movies/mine.mkv'],
  },
  {
    client: 'Explorer',
    does: 'deletes a file that it locked, after it set the attributes',
    script: [
      `PROPFIND ${EPISODE} Depth=0 = 207`,
      `LOCK ${EPISODE} Timeout=Second-3600 = 200`,
      `PROPPATCH ${EPISODE} If=(%TOKEN%) = 207`,
      `DELETE ${EPISODE} If=(%TOKEN%) = 204`,
      'DELETE /TV Shows/Lost (2004)/Season 02 = 204',
    ],
    shows: ['/Trash/Lost (2004)/Season 02/Lost - S02E01.mkv'],
    hides: ['/TV Shows/Lost (2004)/Season 02'],
  },
  {
    client: 'Explorer',
    does: 'renames an unsorted file, and finds it where it put it',
    script: [
      'PROPFIND /Unsorted/mystery/Ronin (1998).mkv Depth=0 = 404',
      'MOVE /Unsorted/mystery/a.mkv → /Unsorted/mystery/Ronin (1998).mkv Overwrite=F = 201',
      'PROPFIND /Unsorted/mystery/Ronin (1998).mkv Depth=0 = 207',
      'PROPPATCH /Unsorted/mystery/Ronin (1998).mkv = 207',
    ],
    shows: ['/Movies/Ronin (1998)/Ronin (1998).mkv'],
    hides: ['/Unsorted/mystery/a.mkv'],
  },
  {
    client: 'rclone',
    does: 'deletefile, and moveto back, whose folder it makes first',
    script: [
      'DELETE /Movies/Heat (1995)/Heat (1995).mkv = 204',
      'PROPFIND /Movies/Heat (1995)/Heat (1995).mkv Depth=1 = 404',
      'MKCOL /Movies/Heat (1995)/ = 201',
      'MOVE /Trash/Heat (1995)/Heat (1995).mkv → /Movies/Heat (1995)/Heat (1995).mkv Overwrite=T = 201',
      'PROPFIND /Movies/Heat (1995)/Heat (1995).mkv Depth=1 = 207',
    ],
    shows: [],
    hides: ['/Trash/Heat (1995)'],
  },
  {
    client: 'rclone',
    does: 'moveto another name, which it looks for afterwards',
    script: [
      'PROPFIND /Unsorted/mystery/Ronin.1998.mkv Depth=1 = 404',
      'MKCOL /Unsorted/mystery/ = 405',
      'MOVE /Unsorted/mystery/a.mkv → /Unsorted/mystery/Ronin.1998.mkv Overwrite=T = 201',
      'PROPFIND /Unsorted/mystery/Ronin.1998.mkv Depth=1 = 207',
    ],
    shows: ['/Movies/Ronin (1998)/Ronin (1998).mkv'],
    hides: ['/Unsorted/mystery/a.mkv'],
  },
  {
    client: 'rclone',
    does: 'copyto /Offline, and purge',
    script: [
      'MKCOL /Offline/trip/ = 201',
      'COPY /Movies/Alien (1979)/Alien (1979).mkv → /Offline/trip/alien.mkv Overwrite=T = 201',
      'PROPFIND /Offline/trip/alien.mkv Depth=1 = 207',
      'DELETE /Movies/Alien (1979)/ = 204',
    ],
    shows: ['/Trash/Alien (1979)/Alien (1979).mkv'],
    hides: ['/Movies/Alien (1979)'],
  },
  {
    client: 'davfs2',
    does: 'rm -r of a show: files, then the folders that it believes are left',
    script: [
      'DELETE /TV Shows/Lost (2004)/Season 01/Lost - S01E01.mkv = 204',
      'DELETE /TV Shows/Lost (2004)/Season 01/Lost - S01E02.mkv = 204',
      'DELETE /TV Shows/Lost (2004)/Season 01/ = 204',
      `DELETE ${EPISODE} = 204`,
      'DELETE /TV Shows/Lost (2004)/Season 02/ = 204',
      'DELETE /TV Shows/Lost (2004)/ = 204',
    ],
    shows: ['/Trash/Lost (2004)/Season 01/Lost - S01E02.mkv'],
    hides: ['/TV Shows/Lost (2004)'],
  },
  {
    client: 'davfs2',
    does: 'mv of a folder, then rm of a file by the name that it had in it',
    script: [
      'MOVE /Movies/Heat (1995)/ → /Movies/Ronin (1998)/ Overwrite=F = 201',
      'GET /Movies/Ronin (1998)/Heat (1995).mkv = 200',
      'DELETE /Movies/Ronin (1998)/Heat (1995).mkv = 204',
    ],
    shows: ['/Trash/Ronin (1998)/Ronin (1998).mkv'],
    hides: ['/Movies/Ronin (1998)'],
  },
  {
    client: 'davfs2',
    does: 'opens a film to write, cannot save, and lets go of its lock',
    script: [
      'LOCK /Movies/Alien (1979)/Alien (1979).mkv Depth=0 Timeout=Second-1800 = 200',
      'GET /Movies/Alien (1979)/Alien (1979).mkv = 200',
      'PUT /Movies/Alien (1979)/Alien (1979).mkv If=(%TOKEN%) = 403',
      'UNLOCK /Movies/Alien (1979)/Alien (1979).mkv Lock-Token=%TOKEN% = 204',
      'DELETE /Movies/Alien (1979)/Alien (1979).mkv = 204',
    ],
    shows: [],
    hides: ['/Movies/Alien (1979)'],
  },
  {
    client: 'cadaver',
    does: 'locks, discovers, deletes under the lock',
    script: [
      'LOCK /Movies/Alien (1979)/Alien (1979).mkv Depth=infinity = 200',
      'DELETE /Movies/Alien (1979)/Alien (1979).mkv = 423',
      'DELETE /Movies/Alien (1979)/Alien (1979).mkv If=(%TOKEN%) = 204',
      'MOVE /Trash/Alien (1979) → /Movies/Aliens (1986) Overwrite=F = 201',
    ],
    shows: ['/Movies/Aliens (1986)/Aliens (1986).mkv'],
    hides: ['/Trash/Alien (1979)'],
  },
  {
    client: 'gvfs',
    does: 'renames, copies into /Offline and removes there',
    script: [
      'MOVE /Movies/Heat (1995) → /Movies/Ronin (1998) Overwrite=F = 201',
      'PROPFIND /Offline/ronin.mkv Depth=0 = 404',
      'COPY /Movies/Ronin (1998)/Ronin (1998).mkv → /Offline/ronin.mkv Overwrite=F = 201',
      'DELETE /Offline/ronin.mkv = 204',
      'DELETE /Offline/ronin.mkv = 404',
    ],
    shows: ['/Movies/Ronin (1998)/Ronin (1998).mkv'],
    hides: ['/Offline/ronin.mkv', '/Movies/Heat (1995)'],
  },
]

describe('what clients write to the library:', () => {
  let drive: Drive
  let running: RunningWebdav
  let inboxDir = ''

  beforeEach(async () => {
    drive = await openDrive()
    inboxDir = await mkdtemp(join(tmpdir(), 'library-clients-'))
    running = await startWebdav({ trees: drive.trees, actions: drive.actions, inboxDir })
  })
  afterEach(async () => {
    await running.server.close()
    await drive.close()
    await rm(inboxDir, { recursive: true })
  })

  async function play(script: Script): Promise<void> {
    let token = ''
    for (const line of script) {
      const [, method = '', path = '', to, fields = '', status] = LINE.exec(line) ?? []
      const headers: Record<string, string> = {}
      for (const [, name = '', value = ''] of fields.matchAll(/ ([\w-]+)=(\S+)/g)) {
        headers[name] = value.replace('%TOKEN%', token)
      }
      if (to !== undefined) headers.Destination = `${running.url}${to.split('/').map(encodeURIComponent).join('/')}`
      const target = path.split('/').map(encodeURIComponent).join('/')
      const answer = await exchange(running.port, method, target, headers, BODIES[method])
      expect(`${answer.status} ${line}`).to.equal(`${status} ${line}`)
      if (method === 'PROPPATCH') expect(answer.body.toString()).to.include('200 OK').and.not.include('403')
      token = answer.headers['lock-token']?.toString() ?? token
    }
  }

  for (const { client, does, script, shows, hides } of REPLAYS) {
    it(`${client} ${does}`, async () => {
      for (const line of script) expect(line).to.match(LINE)
      await play(script)
      for (const path of shows) expect(drive.trees.current.find(path), path).to.not.equal(undefined)
      for (const path of hides) expect(drive.trees.current.find(path), path).to.equal(undefined)
    })
  }

  it('each is refused, and changes nothing, where the library is read-only', async () => {
    await running.server.close()
    running = await startWebdav({ trees: drive.trees, inboxDir })
    const before = drive.paths()
    for (const line of new Set(REPLAYS.flatMap(({ script }) => script))) {
      const [, method = '', path = '', to] = LINE.exec(line) ?? []
      if (method === 'PROPFIND' || method === 'GET') continue
      const headers = to === undefined ? {} : { Destination: encodeURI(to) }
      const answer = await exchange(running.port, method, encodeURI(path), headers, BODIES[method])
      expect(answer.status, line).to.equal(403)
    }
    expect(drive.paths()).to.deep.equal(before)
  })
})
