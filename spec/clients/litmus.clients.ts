import { expect } from 'chai'
import { Drive, missing, skip } from './drive.ts'
import { newDirectory, removeDirectory, run } from './service.ts'

const SUITES = ['basic', 'copymove', 'props', 'locks', 'http']

describe('litmus on the inbox', function () {
  this.timeout(300_000)
  let reason: string | undefined
  before(async () => {
    reason = await missing('litmus')
  })

  // With a login it goes through the whole of Digest: nonces, counts, and bodies sent twice.
  for (const [name, login] of [
    ['without a login', undefined],
    ['with a login', { WEBDAV_USERNAME: 'Mufasa', WEBDAV_PASSWORD: 'Circle of Life' }],
  ] as const) {
    it(`passes every test of every suite, ${name}`, async function () {
      if (reason !== undefined) return skip(this, reason)
      const drive = await Drive.start(login)
      const directory = newDirectory('litmus') // its logs go to the working directory
      const url = `${drive.service.driveUrl}Inbox/`
      const args = login ? [url, login.WEBDAV_USERNAME, login.WEBDAV_PASSWORD] : [url]
      const { stdout } = await run('sh', ['-c', 'cd "$1" && shift && exec litmus -k "$@"', '-', directory, ...args])
      removeDirectory(directory)
      expect(await drive.close()).to.equal(0)
      const text = stdout.toString()
      const summaries = [...text.matchAll(/summary for `(\w+)': of (\d+) tests run: (\d+) passed, (\d+) failed/g)]
      expect(
        summaries.map(([, suite]) => suite),
        text,
      ).to.deep.equal(SUITES)
      for (const [line, , ran, passed] of summaries) expect(passed, line).to.equal(ran)
      expect(text).not.to.match(/FAIL|WARNING|SKIPPED/)
      expect(summaries.reduce((sum, [, , , passed]) => sum + Number(passed), 0)).to.equal(104)
    })
  }
})
