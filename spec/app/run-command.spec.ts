import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const MAIN = fileURLToPath(new URL('../../lib/main.ts', import.meta.url))

describe('a command whose reader leaves', () => {
  it('ends without a word', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'identify', 'Heat.1995.mkv'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    let err = ''
    child.stderr.on('data', (part: Buffer) => {
      err += part.toString()
    })
    const [code] = (await once(child, 'close')) as [number | null]
    expect([code, err]).to.deep.equal([0, ''])
  })
})

describe('a command whose output finds no room', () => {
  it('says so in one line, and ends with 1', async function () {
    if (!existsSync('/dev/full')) this.skip()
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'identify', 'Heat.1995.mkv'], {
      stdio: ['ignore', full, 'pipe'],
    })
    closeSync(full)
    let err = ''
    child.stderr?.on('data', (part: Buffer) => {
      err += part.toString()
    })
    const [code] = (await once(child, 'close')) as [number | null]
    expect(code).to.equal(1)
    expect(err).to.match(/^momoshtrem: the output cannot be written: ENOSPC[^\n]*\n$/)
  })
})
