import { Writable } from 'node:stream'
import { ApiClient } from '../../lib/api/client.ts'
import type { CliServices } from '../../lib/cli/cli-services.ts'
import { runCli } from '../../lib/cli/run-cli.ts'
import { fakeIdentifier } from './fake-identifier.ts'

export class TextSink extends Writable {
  text = ''
  readonly columns?: number
  readonly isTTY: boolean

  constructor(columns?: number) {
    super()
    if (columns !== undefined) this.columns = columns
    this.isTTY = columns !== undefined
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

/** One command line in this process, against a service at `url`; a terminal when it has columns. */
export async function runCommand(
  url: string,
  argv: readonly string[],
  services: Partial<CliServices> = {},
  columns?: number,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const stdout = new TextSink(columns)
  const stderr = new TextSink(columns)
  const code = await runCli(argv, {
    version: '1.2.3',
    serve: async () => {},
    migrate: () => {},
    connect: ({ apiUrl = url, token = '' }) => new ApiClient({ baseUrl: apiUrl, token }),
    identifier: fakeIdentifier,
    doctorChecks: async () => [],
    stdout,
    stderr,
    isTerminal: columns !== undefined,
    ...services,
  })
  return { code, out: stdout.text, err: stderr.text }
}
