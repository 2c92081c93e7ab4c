import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
