import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { parseUsers } from '../../lib/webdav/password-users.ts'
import { ApiFixture } from '../support/fake-api.ts'

const SCRIPT = fileURLToPath(new URL('../support/cli-process.ts', import.meta.url))

interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const run = (...argv: string[]): Promise<Outcome> => runWith('', ...argv)

async function runWith(typed: string, ...argv: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {}) // not every command reads
  child.stdin.end(typed)
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

  it('changes the library, takes it out and brings it back', async () => {
    const service = ['--api-url', api.server.url, '--token', 'secret']
    api.addTorrent('a', 'Heat', ['heat.mkv', 'other.mkv'])
    const matched = await run('match', 'aaaa:0', '--movie', 'Heat (1995)', ...service)
    expect(matched).to.deep.equal({ code: 0, out: 'heat.mkv: movie:1\n', err: '' })
    expect((await run('trash', 'put', 'movie:1', ...service)).out).to.equal('1 file put into the trash\n')
    const { code, out } = await run('export', ...service)
    expect(code).to.equal(0)
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind?: string })
    expect(lines.map(({ kind }) => kind).slice(1)).to.deep.equal(['movie', 'torrent'])
  })

  it('adds many in one call', async () => {
    const magnets = [1, 2, 3].map((digit) => `magnet:?xt=urn:btih:${String(digit).repeat(40)}`)
    const { code, out } = await run('add', '--json', ...magnets, '--api-url', api.server.url, '--token', 'secret')
    expect(code).to.equal(0)
    expect((JSON.parse(out) as { added: unknown[] }).added).to.have.length(3)
  })

  it('makes a line of a users file from what it reads', async () => {
    const { code, out, err } = await runWith('geheim\n', 'hash-password', 'anna', '--read-only')
    expect([code, err]).to.deep.equal([0, ''])
    const [user] = parseUsers(out)
    expect(user).to.include({ name: 'anna', isReadOnly: true })
  })
})
