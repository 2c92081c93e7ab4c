import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Drive, missing, skip } from './drive.ts'
import { newDirectory, removeDirectory, run } from './service.ts'

const FOLDER = 'Movies/Moov Last (2022)'
const SCRIPT = `
lock "${FOLDER}/Moov Last (2022).mp4"
discover "${FOLDER}/Moov Last (2022).mp4"
delete "${FOLDER}/Moov Last (2022).mp4"
ls Trash
move "Trash/Moov Last (2022)" "Movies/Other Film (1999)"
move "Movies/Other Film (1999)" "${FOLDER}"
copy "${FOLDER}" "Offline/kept"
rmcol "Offline/kept"
mkcol "Movies/New"
put note.txt "Movies/note.txt"
put note.txt "Inbox/note.nfo"
delete "Inbox/note.nfo"
quit
`

describe('cadaver', function () {
  this.timeout(300_000)

  it('locks, deletes, takes back, renames and copies in the library, and puts only into the inbox', async function () {
    const reason = await missing('cadaver')
    if (reason !== undefined) return skip(this, reason)
    const drive = await Drive.start({ ALLOW_WRITE: 'true' })
    const directory = newDirectory('cadaver')
    writeFileSync(join(directory, 'script'), SCRIPT)
    writeFileSync(join(directory, 'note.txt'), 'a note')
    const command = 'cd "$0" && HOME="$0" exec cadaver "$1" < script'
    const { stdout, stderr } = await run('sh', ['-c', command, directory, drive.service.driveUrl])
    removeDirectory(directory)
    expect(await drive.close()).to.equal(0)
    const text = stdout.toString()
    const outcomes = Array.from(text.matchAll(/(succeeded|failed)[.:]/g), ([, outcome]) => outcome)
    expect(text, stderr)
      .to.include('opaquelocktoken:')
      .and.match(/Coll: {3}Moov Last \(2022\)/)
    const [lock, remove, list, back, rename, copy, unpin, make, upload, drop, clean] = outcomes
    expect({ lock, remove, list, back, rename, copy, unpin, make, upload, drop, clean }, text).to.deep.equal({
      lock: 'succeeded',
      remove: 'succeeded',
      list: 'succeeded',
      back: 'succeeded',
      rename: 'succeeded',
      copy: 'succeeded',
      unpin: 'succeeded',
      make: 'failed',
      upload: 'failed',
      drop: 'succeeded',
      clean: 'succeeded',
    })
  })
})
