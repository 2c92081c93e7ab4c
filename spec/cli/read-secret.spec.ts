import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import type { CliInput } from '../../lib/cli/cli-services.ts'
import { readSecret } from '../../lib/cli/read-secret.ts'
import { AppError } from '../../lib/domain/errors.ts'
import { runCommand, TextSink } from '../support/cli-run.ts'
import { until } from '../support/until.ts'

/** A keyboard: what is typed arrives as it is, and nothing shows it. */
function keyboard(): { input: CliInput & PassThrough; modes: boolean[] } {
  const modes: boolean[] = []
  const setRawMode = (isRaw: boolean): void => void modes.push(isRaw)
  return { input: Object.assign(new PassThrough(), { isTTY: true, setRawMode }), modes }
}

describe('the password of hash-password', () => {
  it('is read from a terminal without being shown', async () => {
    const { input, modes } = keyboard()
    const output = new TextSink(80)
    const secret = readSecret('Password: ', input, output, undefined)
    for (const keys of ['ge', 'x', '\u007f', 'heim', '\r']) {
      input.write(keys)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await secret).to.equal('geheim')
    expect(output.text).to.equal('Password: \n')
    expect(modes).to.deep.equal([true, false])
    expect(input.listenerCount('data')).to.equal(0)
  })

  it('is given up on Ctrl-C, and when the command ends', async () => {
    for (const end of ['keys', 'signal'] as const) {
      const { input, modes } = keyboard()
      const controller = new AbortController()
      const secret = readSecret('', input, new TextSink(), controller.signal).catch((error: unknown) => error)
      if (end === 'keys') input.write('abc\u0003')
      else controller.abort(new AppError('aborted', 'interrupted'))
      expect(await secret)
        .to.be.instanceOf(AppError)
        .with.property('code', 'aborted')
      expect(modes).to.deep.equal([true, false])
    }
  })

  it('is the first line of anything else', async () => {
    for (const [text, expected] of [
      ['pass word\nrest', 'pass word'],
      ['ünï\r\n', 'ünï'],
      ['no end', 'no end'],
      ['', ''],
    ] as const) {
      const input = new PassThrough()
      input.end(text)
      expect(await readSecret('', input, new TextSink(), undefined)).to.equal(expected)
    }
    const long = new PassThrough()
    long.end('x'.repeat(2000))
    const error = await readSecret('', long, new TextSink(), undefined).catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(AppError).with.property('code', 'invalid')
  })

  const hashPassword = async (password: string): Promise<string> => `hash of ${password}`
  const run = (argv: readonly string[], stdin: CliInput, stderr?: TextSink) =>
    runCommand('http://127.0.0.1:9', argv, { stdin, hashPassword, ...(stderr && { stderr }) })
  const stream = (text: string): PassThrough => {
    const input = new PassThrough()
    input.end(text)
    return input
  }

  it('becomes a line of a users file', async () => {
    expect(await run(['hash-password', 'anna'], stream('secret\n'))).to.deep.equal({
      code: 0,
      out: 'anna:hash of secret\n',
      err: '',
    })
    expect((await run(['hash-password', 'anna', '--read-only'], stream('s'))).out).to.equal('anna:hash of s:ro\n')
    expect((await run(['hash-password', 'anna'], stream('\n'))).err).to.equal('momoshtrem: the password is empty\n')
  })

  it('is asked for twice on a terminal', async () => {
    const { input } = keyboard()
    const stderr = new TextSink(80)
    const typed = run(['hash-password', 'anna'], input, stderr)
    for (const [prompt, keys] of [
      ['Password: ', 'one\r'],
      ['Again: ', 'two\r'],
    ] as const) {
      await until(() => stderr.text.endsWith(prompt))
      input.write(keys)
    }
    const { code } = await typed
    expect([code, stderr.text]).to.deep.equal([1, 'Password: \nAgain: \nmomoshtrem: the two are not the same\n'])
  })
})

describe('connect', () => {
  const services = { driveUrl: () => 'http://127.0.0.1:36911/', apiUrl: () => 'http://127.0.0.1:4444' }

  it('tells how to reach the drive, and where more is', async () => {
    const { code, out } = await runCommand('http://127.0.0.1:9', ['connect'], services)
    expect(code).to.equal(0)
    expect(out).to.contain('net use M: http://127.0.0.1:36911/').and.to.contain('http://127.0.0.1:4444/connect')
    const { out: json } = await runCommand('http://127.0.0.1:9', ['connect', '--json'], services)
    expect(JSON.parse(json)).to.deep.equal({ drive: 'http://127.0.0.1:36911/', page: 'http://127.0.0.1:4444/connect' })
  })
})
