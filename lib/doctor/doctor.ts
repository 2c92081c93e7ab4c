import { withTimeout } from '../domain/abort.ts'
import type { DoctorCheck, Finding } from '../domain/doctor.ts'
import { AppError } from '../domain/errors.ts'
import { checkAccess, checkLogin, checkUsersFile } from './access-checks.ts'
import { type Check, type CheckContext, whileRunning } from './check-context.ts'
import { checkDatabase } from './database-check.ts'
import type { DoctorOptions } from './doctor-options.ts'
import { checkListing, checkProxy, checkRange } from './drive-checks.ts'
import { DriveClient } from './drive-client.ts'
import { fail, ok } from './findings.ts'
import { checkOpenSubtitles, checkTmdb } from './key-checks.ts'
import { checkClock, checkDataDir, checkNode, checkOpenFiles } from './machine-checks.ts'
import { checkPorts, checkService, checkSwarm } from './service-checks.ts'
import { ServiceProbe } from './service-probe.ts'
import { checkTls } from './tls-check.ts'

const CHECK_MS = 5000

/** In the order in which a cause comes before what it spoils. */
const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ['Node.js', checkNode],
  ['service', checkService],
  ['data directory', checkDataDir],
  ['database', checkDatabase],
  ['open files', checkOpenFiles],
  ['ports', checkPorts],
  ['access', checkAccess],
  ['TLS', checkTls],
  ['users file', checkUsersFile],
  ['login', whileRunning(checkLogin)],
  ['listing', whileRunning(checkListing)],
  ['reading', whileRunning(checkRange)],
  ['swarm', whileRunning(checkSwarm)],
  ['public address', whileRunning(checkPublicUrl)],
  ['TMDB', checkTmdb],
  ['OpenSubtitles', checkOpenSubtitles],
  ['clock', checkClock],
]

/**
 * What `momoshtrem doctor` looks at, to be run one after the other. With settings that cannot be parsed the first check
 * fails and the others have nothing to look at. Nothing is changed, no torrent is woken, and no check waits longer than 5 s.
 */
export function doctorChecks(options: DoctorOptions): readonly DoctorCheck[] {
  let context: CheckContext | undefined
  const checkSettings = async (): Promise<Finding> => {
    try {
      const settings = options.loadSettings()
      context = { settings, options, service: new ServiceProbe(settings, options.clock) }
      return ok(`data in ${settings.dataDir}`)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return fail(error.message, 'Correct it in the environment or in .env; .env.example tells of every setting.')
    }
  }
  const others = CHECKS.map(([name, check]) => ({
    name,
    run: async (signal?: AbortSignal) => {
      const found = context
      if (!found) return undefined
      const late = `no result within ${CHECK_MS / 1000} s`
      return await withTimeout(options.clock, CHECK_MS, late, (limited) => check(found, limited), signal)
    },
  }))
  return [{ name: 'settings', run: checkSettings }, ...others]
}

async function checkPublicUrl({ settings, options }: CheckContext, signal: AbortSignal): Promise<Finding | undefined> {
  const { publicUrl } = settings
  if (publicUrl === '') return undefined
  const baseUrl = publicUrl.endsWith('/') ? publicUrl : `${publicUrl}/`
  const drive = new DriveClient({ clock: options.clock, baseUrl, isCertificateVerified: true, login: undefined })
  return await checkProxy(drive, publicUrl, signal)
}
