import { throwIfAborted } from '../domain/abort.ts'
import { isAppError } from '../domain/errors.ts'
import type { CheckContext } from './check-context.ts'
import type { DriveClient, ListedEntry } from './drive-client.ts'
import { countText, fail, ok, warn } from './findings.ts'
import type { ProbeAnswer } from './http-probe.ts'

/** Folders that a person waits for longer feel broken in a file manager. */
const SLOW_MS = 1000
const RESTART = 'Start the service again, so that the settings take effect; its log says more.'

/** PROPFIND of the root at both depths, and of the largest folder of titles. */
export async function checkListing({ settings, service }: CheckContext, signal: AbortSignal) {
  const { drive } = service
  if (cannotLogIn(settings)) return undefined
  const root = await drive.askWithLogin({ method: 'PROPFIND', target: drive.root, headers: { depth: '0' } }, signal)
  if (root.status !== 207 || root.body.toString('utf8').split('<D:response>').length !== 2)
    return fail(`PROPFIND / with depth 0 answers ${root.status}`, RESTART)
  const top = await drive.list(drive.root, signal)
  const { movies, shows } = (await service.status(signal)).library
  const largest = movies >= shows ? 'Movies' : 'TV Shows'
  const folder = top.entries.find(({ name }) => name === largest) ?? top.entries.find((entry) => entry.isDirectory)
  const listed = folder && (await drive.list(folder.target, signal))
  const took = (tookMs: number): string => `${Math.max(1, Math.round(tookMs))} ms`
  const detail =
    `/ has ${countText(top.entries.length, 'folder')} (${took(top.tookMs)})` +
    (folder && listed
      ? `, /${folder.name} ${countText(listed.entries.length, 'entry', 'entries')} (${took(listed.tookMs)})`
      : '')
  return Math.max(top.tookMs, listed?.tookMs ?? 0) > SLOW_MS
    ? warn(detail, 'The machine is busy, or short of memory.')
    : ok(detail)
}

/** Of logins in a users file the passwords are known to nobody here. */
const cannotLogIn = (settings: CheckContext['settings']): boolean =>
  settings.webdavUsersFile !== '' && settings.webdavPassword === ''

/**
 * First and last byte of a file, and HEAD. The file is one of the view /Instant, all of whose bytes are in the cache, so
 * that no torrent is woken; without such a file HEAD alone, of any.
 */
export async function checkRange({ settings, service }: CheckContext, signal: AbortSignal) {
  const { drive } = service
  if (cannotLogIn(settings)) return undefined
  const { entries } = await drive.list(drive.root, signal)
  const folders = (names: readonly string[]): readonly ListedEntry[] =>
    names.flatMap((name) => entries.find((entry) => entry.name === name) ?? [])
  const cached = await firstFile(drive, folders(['Instant']), signal)
  const file = cached ?? (await firstFile(drive, folders(['Movies', 'TV Shows', 'Unsorted']), signal))
  if (!file) return ok('there is no file to read yet')
  const head = await drive.askWithLogin({ method: 'HEAD', target: file.target }, signal)
  const problem =
    head.status !== 200
      ? `answers ${head.status}`
      : head.header('content-length') !== String(file.sizeBytes)
        ? `says ${head.header('content-length')} bytes, the listing ${file.sizeBytes}`
        : head.header('accept-ranges') !== 'bytes'
          ? 'offers no ranges'
          : undefined
  if (problem !== undefined) return fail(`HEAD of ${file.name} ${problem}`, RESTART)
  if (!cached) return ok(`HEAD of ${file.name}; nothing is wholly in the cache, and reading would wake a torrent`)
  for (const [range, first] of [
    ['bytes=0-0', 0],
    ['bytes=-1', file.sizeBytes - 1],
  ] as const) {
    const part = await drive.askWithLogin({ method: 'GET', target: file.target, headers: { range } }, signal)
    const wrong = partProblem(part, head, `bytes ${first}-${first}/${file.sizeBytes}`)
    if (wrong !== undefined) return fail(`GET ${range} of ${file.name} ${wrong}`, RESTART)
  }
  return ok(`first and last byte of ${file.name}, HEAD like GET`)
}

const SAME_FIELDS = ['etag', 'last-modified', 'content-type', 'accept-ranges'] as const

function partProblem(part: ProbeAnswer, head: ProbeAnswer, contentRange: string): string | undefined {
  if (part.status !== 206) return `answers ${part.status}`
  if (part.header('content-range') !== contentRange) return `answers Content-Range ${part.header('content-range')}`
  if (part.body.length !== 1) return `answers ${part.body.length} bytes`
  const field = SAME_FIELDS.find((name) => part.header(name) !== head.header(name))
  return field && `has another ${field} than HEAD`
}

const MAX_LISTINGS = 12

/** The first file with bytes below these directories, within a few listings. */
async function firstFile(
  drive: DriveClient,
  directories: readonly ListedEntry[],
  signal: AbortSignal,
): Promise<ListedEntry | undefined> {
  const open = [...directories]
  for (let listings = 0; listings < MAX_LISTINGS; listings++) {
    const directory = open.shift()
    if (!directory) return undefined
    throwIfAborted(signal)
    const { entries } = await drive.list(directory.target, signal)
    const file = entries.find((entry) => !entry.isDirectory && entry.sizeBytes > 0 && !isSmall(entry.name))
    if (file) return file
    open.unshift(...entries.filter((entry) => entry.isDirectory).slice(0, MAX_LISTINGS))
  }
  return undefined
}

/** What is beside a film is kept elsewhere than the film. */
const isSmall = (name: string): boolean => /\.(?:nfo|jpg|jpeg|png|srt|ass|ssa|sub|idx|vtt|txt)$/i.test(name)

/** Whether what stands in front of the drive lets the methods of WebDAV through, and Destination. */
export async function checkProxy(drive: DriveClient, publicUrl: string, signal: AbortSignal) {
  const find = { method: 'PROPFIND', target: drive.root, headers: { depth: '0' } }
  try {
    const plain = await drive.ask(find, signal)
    if (plain.status === 401) return ok(`${publicUrl} asks for a login, as the drive does`)
    if (plain.status !== 207)
      return warn(
        `${publicUrl} answers PROPFIND with ${plain.status}`,
        'Let the proxy pass all methods on (PROPFIND, LOCK, MOVE …), with Depth, Range and If.',
      )
    // Checked by the drive in each request, whatever its method: no file need be moved to see it.
    const destination = { ...find, headers: { ...find.headers, destination: `${publicUrl.replace(/\/$/, '')}/x` } }
    return (await drive.ask(destination, signal)).status === 502
      ? warn(
          `${publicUrl} lists, but moving and copying would fail: the proxy changes Host`,
          'Let it pass Host on (nginx: proxy_set_header Host $http_host), or rewrite Destination alike.',
        )
      : ok(`${publicUrl} lists, and takes Destination`)
  } catch (error) {
    if (!isAppError(error, 'unavailable') && !isAppError(error, 'timeout')) throw error
    return warn(error.message, 'Not every network reaches its own public address from inside: try it from outside.')
  }
}
