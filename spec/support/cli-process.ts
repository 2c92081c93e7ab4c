import { ApiClient } from '../../lib/api/client.ts'
import { runCli } from '../../lib/cli/run-cli.ts'
import { hashPassword } from '../../lib/webdav/password-users.ts'
import { fakeIdentifier } from './fake-identifier.ts'

// The command line as a process of its own, for specs of exit codes and streams.
process.exitCode = await runCli(process.argv.slice(2), {
  version: '1.2.3',
  serve: () => Promise.reject(new Error('a socket said no')),
  migrate: () => {},
  connect: ({ apiUrl = 'http://127.0.0.1:9', token = '' }) => new ApiClient({ baseUrl: apiUrl, token }),
  identifier: fakeIdentifier,
  doctorChecks: async () => [],
  hashPassword,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  isTerminal: process.stdout.isTTY === true,
})
