import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { LOOPBACK_SETTINGS, newDataDir, removeDataDir } from '../support/running-app.ts'

const MAIN = fileURLToPath(new URL('../../lib/main.ts', import.meta.url))

describe('a service whose log is read no more', function () {
  this.timeout(60_000)

  it('goes on, and stops when it is told to', async () => {
    const dataDir = newDataDir()
    const env = {
      PATH: process.env.PATH,
      ...LOOPBACK_SETTINGS,
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'debug',
      DATA_DIR: dataDir,
    }
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'serve'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(child, 'exit')
    try {
      let err = ''
      child.stderr.on('data', (part: Buffer) => {
        err += part.toString()
      })
      let api = ''
      for await (const line of createInterface({ input: child.stdout })) {
        const entry = JSON.parse(line) as { msg: string; api: string }
        if (entry.msg !== 'serving') continue
        api = entry.api
        break
      }
      child.stdout.destroy()
      // Each writes a line to the log.
      for (let i = 0; i < 3; i++) expect((await fetch(`${api}/api/status`)).status).to.equal(200)
      child.kill('SIGTERM')
      expect(await ended).to.deep.equal([0, null])
      expect(err).to.equal('')
    } finally {
      child.kill('SIGKILL')
      await ended
      removeDataDir(dataDir)
    }
  })
})
