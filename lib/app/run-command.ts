import { ApiClient } from '../api/client.ts'
import { runCli } from '../cli/run-cli.ts'
import { apiUrlOf, driveUrlOf } from '../doctor/service-probe.ts'
import { AppError } from '../domain/errors.ts'
import { identifier } from '../identify/identifier.ts'
import { VERSION } from '../version.ts'
import { hashPassword } from '../webdav/password-users.ts'
import { loadConfig } from './load-config.ts'
import { ownServiceFetch } from './own-service-fetch.ts'
import { migrate, serve } from './serve.ts'

/**
 * Any command line; the exit code. The commands other than `serve` end on Ctrl-C with their reason; the service handles
 * its signals itself.
 */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const interrupted = new AbortController()
  if (argv[0] !== 'serve') {
    process.stdout.on('error', endWithReader)
    process.once('SIGINT', () => interrupted.abort(new AppError('aborted', 'interrupted')))
  }
  return await runCli(argv, {
    version: VERSION,
    serve,
    migrate,
    connect: ({ apiUrl, token }) => {
      const config = loadConfig()
      const { tlsCert, apiToken } = config
      return new ApiClient({
        baseUrl: apiUrl ?? apiUrlOf(config),
        token: token ?? apiToken,
        ...(apiUrl === undefined && tlsCert !== '' && { fetch: ownServiceFetch(tlsCert) }),
      })
    },
    identifier,
    doctorChecks: async () => (await import('./doctor.ts')).createDoctorChecks(),
    driveUrl: () => driveUrlOf(loadConfig()),
    apiUrl: () => apiUrlOf(loadConfig()),
    hashPassword,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    isTerminal: process.stdout.isTTY === true,
    signal: interrupted.signal,
  })
}

/** `| head` has read enough: that is no failure of the command. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`momoshtrem: the output cannot be written: ${error.message}\n`)
  process.exit(1)
}
