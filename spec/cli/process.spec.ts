import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { ApiFixture } from '../support/fake-api.ts'

const SCRIPT = fileURLToPath(new URL('../support/cli-process.ts', import.meta.url))

async function run(...argv: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString()
  })
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

describe('the command line as a process', () => {
  let api: ApiFixture
  before(async () => {
    api = await ApiFixture.start({ token: 'secret' })
  })
  after(() => api.close())

  it('ends by itself with code 0 after a call', async () => {
    const { code, out, err } = await run('torrents', '--json', '--api-url', api.server.url, '--token', 'secret')
    expect([code, err]).to.deep.equal([0, ''])
    expect(JSON.parse(out)).to.deep.equal({ torrents: [] })
  })

  it('ends with 1 and one line when the call failed', async () => {
    const { code, out, err } = await run('torrents', '--api-url', api.server.url)
    expect({ code, out, err }).to.deep.equal({ code: 1, out: '', err: 'momoshtrem: a bearer token is needed\n' })
  })

  it('ends with 1 when the service fails for a reason unknown, and keeps that to itself', async () => {
    expect(await run('serve')).to.deep.equal({ code: 1, out: '', err: 'momoshtrem: internal error\n' })
  })

  it('ends with 2 when the line is wrong', async () => {
    const { code, out, err } = await run('play')
    expect([code, out]).to.deep.equal([2, ''])
    expect(err).to.contain('Unknown argument: play')
  })
}).timeout(60_000)
