/** What of the settings decides who comes in. */
export interface AccessSettings {
  readonly webdavHost: string
  readonly webdavPassword: string
  readonly webdavUsersFile: string
  readonly webdavBasicOverHttp: boolean
  readonly allowWrite: 'auto' | 'true' | 'false'
}

/** `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address)
}

/** Whether nobody reads the drive without a login. */
export const needsLogin = (settings: Pick<AccessSettings, 'webdavPassword' | 'webdavUsersFile'>): boolean =>
  settings.webdavPassword !== '' || settings.webdavUsersFile !== ''

/** Whether a password may come without TLS: on its own machine nobody listens in. */
export const mayUseBasic = (settings: Pick<AccessSettings, 'webdavBasicOverHttp' | 'webdavHost'>): boolean =>
  settings.webdavBasicOverHttp || isLoopback(settings.webdavHost)

/** Whether the drive may change the library. */
export const mayWrite = (settings: AccessSettings): boolean =>
  settings.allowWrite === 'auto' ? needsLogin(settings) : settings.allowWrite === 'true'
