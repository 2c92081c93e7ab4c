import { type Login, RCLONE_FLAGS, windowsPath } from './config-files.ts'
import type { DriveAddress } from './drive-address.ts'
import { commands, escapeHtml, steps } from './html.ts'

export type System = 'macos' | 'windows' | 'linux' | 'mobile'

export interface Instruction {
  readonly title: string
  /** For whom it comes first. */
  readonly system: System | 'any'
  readonly body: string
}

/** By what browsers say of themselves; undefined for anything else. */
export function systemOf(userAgent: string): System | undefined {
  if (/android|iphone|ipad|mobile/i.test(userAgent)) return 'mobile'
  if (/windows/i.test(userAgent)) return 'windows'
  if (/macintosh|mac os x/i.test(userAgent)) return 'macos'
  if (/linux|x11|cros|bsd/i.test(userAgent)) return 'linux'
  return undefined
}

const NO_BASIC = `<p class="note">rclone knows Basic logins only, which this drive refuses without encryption: set <code>TLS_CERT</code> and
<code>TLS_KEY</code>, or, in a network of your own, <code>WEBDAV_BASIC_OVER_HTTP=true</code>.</p>`

/**
 * What to do on each system, that of the one who asks first.
 * @param takesBasic whether the drive takes a Basic login at this address
 */
export function instructions(
  address: DriveAddress,
  login: Login,
  takesBasic: boolean,
  system: System | undefined,
): readonly Instruction[] {
  const url = escapeHtml(address.url)
  const asked = login.needsLogin
    ? 'Sign in with the name and password of the drive.'
    : 'Connect as a guest: no login is needed.'
  const all: Instruction[] = [
    {
      title: 'macOS Finder',
      system: 'macos',
      body: `${steps([
        'In Finder choose <b>Go → Connect to Server…</b> (⌘K).',
        `Enter ${commands(address.url)}`,
        `Press <b>Connect</b>. ${asked}`,
      ])}<p>Finder keeps what it reads in a cache of its own and may stall on very large films: for those use rclone, or a
player by <a href="/connect/play">its link</a>.</p>`,
    },
    {
      title: 'Windows Explorer',
      system: 'windows',
      body: `${steps([
        `Download and open <a href="/connect/momoshtrem.reg">momoshtrem.reg</a>, then restart the service <b>WebClient</b> (or
Windows): without it no file over 50 MB opens.`,
        `Open <b>This PC → Map network drive</b>, and enter ${commands(address.url)} or in a terminal ${commands(`net use M: "${windowsPath(address)}" /persistent:yes`)}`,
        asked,
      ])}<p class="note">Explorer's client copies a file whole before it opens it, and takes none of 4 GiB or more. For films use
rclone below, or a <a href="/connect/play">player link</a>. <a href="/connect/momoshtrem.url">momoshtrem.url</a> opens the drive.</p>`,
    },
    {
      title: 'Linux: Files, davfs2',
      system: 'linux',
      body: `<p>GNOME Files and other GTK programs: <b>Other Locations → Connect to Server</b>, and enter</p>
${commands(address.url.replace(/^http/, 'dav'))}<p>As a folder for every program (davfs2 copies a file whole before it opens it: for films use rclone):</p>
${commands(`sudo mount -t davfs -o ro '${address.url}' /mnt/momoshtrem`)}`,
    },
    {
      title: 'rclone: the best mount for films, on every system',
      system: 'any',
      body: rclone(address, login, takesBasic),
    },
    {
      title: 'Kodi',
      system: 'any',
      body: `${steps([
        `Put <a href="/connect/sources.xml">sources.xml</a> into Kodi's <code>userdata</code> folder, or add it by hand: <b>Videos →
Files → Add videos… → Browse → Add network location…</b>, protocol <b>WebDAV server (${address.isTls ? 'HTTPS' : 'HTTP'})</b>, server
<code>${escapeHtml(address.hostname)}</code>, port <code>${address.port}</code>, path empty.`,
        'Set the content of <b>Movies</b> to films and that of <b>TV Shows</b> to series. Where the server writes NFO files, choose the provider <b>Local information only</b>.',
      ])}<p>${asked}</p>`,
    },
    {
      title: 'VLC, mpv, Infuse and other players',
      system: 'mobile',
      body: `<p>Infuse, nPlayer, VLC for phones: add a share of type <b>WebDAV</b> with the address</p>${commands(address.url)}
<p>Any player opens a film by <a href="/connect/play">its link</a>, without a login. On a computer VLC and mpv take the address of
a file: ${commands(`mpv '${address.url}Movies/Title%20(Year)/Title%20(Year).mkv'`)}</p><p>The whole drive in a browser: <a href="${url}">${url}</a></p>`,
    },
  ]
  return [...all.filter((one) => one.system === system), ...all.filter((one) => one.system !== system)]
}

function rclone({ url }: DriveAddress, { username, needsLogin }: Login, takesBasic: boolean): string {
  const login = needsLogin ? ` user=${username || 'YOUR-NAME'} pass=YOUR-PASSWORD --obscure` : ''
  return `${steps([
    'Install <a href="https://rclone.org/downloads/">rclone</a>; on Windows WinFsp with it, on macOS macFUSE or FUSE-T.',
    `Take <a href="/connect/rclone.conf">rclone.conf</a> (append it to your own, which <code>rclone config file</code> names), or run
${commands(`rclone config create momoshtrem webdav url=${url} vendor=other${login}`)}`,
    `macOS and Linux ${commands(`mkdir -p ~/momo && rclone mount momoshtrem: ~/momo ${RCLONE_FLAGS}`)} Windows ${commands(`rclone mount momoshtrem: M: --network-mode ${RCLONE_FLAGS}`)}`,
  ])}<p>The server reads ahead and caches itself, so these flags keep rclone from doing it again.</p>${needsLogin && !takesBasic ? NO_BASIC : ''}`
}
