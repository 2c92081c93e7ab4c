import type { DriveAddress } from './drive-address.ts'
import { escapeHtml } from './html.ts'

export interface Login {
  /** Empty when anonymous. */
  readonly username: string
  readonly needsLogin: boolean
}

/** Read-ahead and cache are the server's own: a second one only fetches what nobody watches. */
export const RCLONE_FLAGS =
  '--vfs-cache-mode off --buffer-size 0 --dir-cache-time 5s --attr-timeout 1s --vfs-read-chunk-size 16M --vfs-read-chunk-size-limit 64M --timeout 3m'

/** Without a password: rclone keeps it in a form of its own, which `rclone config password` writes. */
export function rcloneConfig({ url }: DriveAddress, { username, needsLogin }: Login): string {
  const login = needsLogin
    ? `user = ${username || 'YOUR-NAME'}\n# The password: rclone config password momoshtrem pass YOUR-PASSWORD\n`
    : ''
  return `# rclone mount momoshtrem: ~/momo ${RCLONE_FLAGS}\n[momoshtrem]\ntype = webdav\nurl = ${url}\nvendor = other\n${login}`
}

/** Kodi's `userdata/sources.xml`; it asks for the password when it first opens one. */
export function kodiSources({ url }: DriveAddress, { username, needsLogin }: Login): string {
  const { protocol, host, pathname } = new URL(url)
  const user = needsLogin && username !== '' ? `${encodeURIComponent(username)}@` : ''
  const base = `${protocol === 'https:' ? 'davs' : 'dav'}://${user}${host}${pathname}`
  const source = (name: string, folder: string): string => `        <source>
            <name>${name}</name>
            <path pathversion="1">${escapeHtml(`${base}${encodeURIComponent(folder)}/`)}</path>
            <allowsharing>true</allowsharing>
        </source>
`
  return `<sources>
    <video>
        <default pathversion="1"></default>
${source('Momoshtrem Movies', 'Movies')}${source('Momoshtrem TV Shows', 'TV Shows')}    </video>
</sources>
`
}

/**
 * What Explorer's own client needs: its largest file is 50 MB until this says 4 GiB less one byte, its limit.
 * @param mayUseBasic whether the drive takes Basic without TLS, which Windows refuses unless told otherwise
 */
export function windowsRegistry(mayUseBasic: boolean): Buffer {
  const lines = [
    'Windows Registry Editor Version 5.00',
    '',
    '; Restart the service WebClient (or Windows) after adding this.',
    '[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\WebClient\\Parameters]',
    '"FileSizeLimitInBytes"=dword:ffffffff',
    ...(mayUseBasic
      ? ['; Sends the password without encryption: only in a network of your own.', '"BasicAuthLevel"=dword:00000002']
      : []),
    '',
  ]
  return Buffer.from(`\ufeff${lines.join('\r\n')}`, 'utf16le')
}

/** `\\host@port\DavWWWRoot`, by which Windows names a drive. */
export function windowsPath({ hostname, port, isTls, url }: DriveAddress): string {
  // An IPv6 address has no colons in a Windows path.
  const host = hostname.startsWith('[') ? `${hostname.slice(1, -1).replaceAll(':', '-')}.ipv6-literal.net` : hostname
  const path = new URL(url).pathname.replaceAll('/', '\\').replace(/\\$/, '')
  return `\\\\${host}${isTls ? '@SSL' : ''}@${port}\\DavWWWRoot${decodeURIComponent(path)}`
}

/** Opens the drive in Explorer. */
export const windowsShortcut = (address: DriveAddress): string =>
  `[InternetShortcut]\r\nURL=file:${windowsPath(address).replaceAll('\\', '/')}\r\n`
