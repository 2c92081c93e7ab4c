import { readFile, stat } from 'node:fs/promises'
import { isLoopback, mayUseBasic, needsLogin } from '../domain/drive-access.ts'
import { AppError } from '../domain/errors.ts'
import type { CheckContext } from './check-context.ts'
import { countText, fail, ok, warn } from './findings.ts'
import { offeredSchemes, type Scheme } from './login.ts'

/** Who may come in, and what of it others can read on the way. */
export async function checkAccess({ settings }: CheckContext) {
  const { webdavHost, apiHost, tlsCert, webdavBasicOverHttp, allowWrite } = settings
  const isLocal = isLoopback(webdavHost)
  const isOpen = !needsLogin(settings)
  if (isOpen && !isLocal)
    return warn(
      `everyone who reaches ${webdavHost} may read the drive${allowWrite === 'true' ? ', and delete from it' : ''}`,
      'Set WEBDAV_USERNAME and WEBDAV_PASSWORD, or WEBDAV_USERS_FILE.',
    )
  if (tlsCert === '' && webdavBasicOverHttp && !isLocal)
    return warn(
      'passwords of the drive cross the network readable',
      'Set TLS_CERT and TLS_KEY, or take WEBDAV_BASIC_OVER_HTTP back: Digest does without.',
    )
  if (tlsCert === '' && !isLoopback(apiHost))
    return warn('API_TOKEN crosses the network readable', 'Set TLS_CERT and TLS_KEY, or API_HOST=127.0.0.1.')
  return ok(`from ${isLocal ? 'this machine' : 'the network'}, ${isOpen ? 'without' : 'with'} a login`)
}

/** Hashes of passwords, and their owner alone may read them. */
export async function checkUsersFile({ settings, options }: CheckContext) {
  const { webdavUsersFile: path } = settings
  if (path === '') return undefined
  try {
    const users = countText(options.countUsers(await readFile(path, 'utf8')), 'user')
    return process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0
      ? warn(`others than its owner may read ${path}`, `chmod 600 ${path}`)
      : ok(`${users} in ${path}`)
  } catch (error) {
    return error instanceof AppError
      ? fail(`${path}: ${error.message}`, 'Make the lines with: momoshtrem hash-password NAME.')
      : fail((error as Error).message, 'Set WEBDAV_USERS_FILE to a readable file.')
  }
}

/** Refused without a login, let in with it, by each scheme that the settings offer. */
export async function checkLogin({ settings, service }: CheckContext, signal: AbortSignal) {
  if (!needsLogin(settings)) return undefined
  const { drive } = service
  const { webdavUsername: username, webdavPassword: password, webdavUsersFile } = settings
  const { status, challenges } = await drive.challenge(signal)
  if (status !== 401)
    return fail(
      `the drive answers ${status} without a login`,
      'Start the service again, so that the settings take effect.',
    )
  const offered = offeredSchemes(challenges)
  const expected: readonly Scheme[] = [
    ...(webdavUsersFile === '' ? (['Digest'] as const) : []),
    ...(settings.tlsCert !== '' || mayUseBasic(settings) ? (['Basic'] as const) : []),
  ]
  if (password === '') return ok(`${offered.join(' and ')}; a login of the users file cannot be tried from here`)
  for (const scheme of offered) {
    const request = { method: 'PROPFIND', target: drive.root, headers: { depth: '0' } }
    const answer = await drive.askBy(scheme, { username, password }, request, signal)
    if (answer.status !== 207)
      return fail(
        `${scheme} login of ${username} gets ${answer.status}`,
        answer.status === 429
          ? 'Too many logins failed: wait a minute.'
          : 'Start the service again, so that WEBDAV_USERNAME and WEBDAV_PASSWORD take effect.',
      )
  }
  return offered.join() === expected.join()
    ? ok(`refused without, let in by ${offered.join(' and ')}`)
    : warn(
        `the drive offers ${offered.join(' and ')}, the settings say ${expected.join(' and ') || 'none'}`,
        'Start the service again, so that the settings take effect.',
      )
}
