import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from '../../lib/app.ts'
import { parseConfig } from '../../lib/config.ts'
import { silentLogger } from '../../lib/domain/logger.ts'

/** Everything on 127.0.0.1, ports by the system, no DHT, nothing fetched that nobody reads. */
export const LOOPBACK_SETTINGS = {
  WEBDAV_PORT: '0',
  API_PORT: '0',
  TORRENT_HOST: '127.0.0.1',
  TORRENT_PORT: '0',
  DHT: 'false',
  LOCAL_DISCOVERY: 'false',
  PROBE_TORRENTS: '0',
} as const

export const newDataDir = (): string => mkdtempSync(join(tmpdir(), 'momoshtrem-app-'))
export const removeDataDir = (path: string): void => rmSync(path, { recursive: true, force: true })

/** A whole service in this process, over its real ports. */
export async function startApp(dataDir: string, settings: Readonly<Record<string, string>> = {}): Promise<App> {
  const app = App.create(parseConfig({ ...LOOPBACK_SETTINGS, DATA_DIR: dataDir, ...settings }), silentLogger)
  await app.start()
  return app
}

export interface ApiAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape, looked at by the spec
  readonly json: any
}

/** One REST call; a body makes it a POST. */
export async function callApi(app: App, path: string, body?: unknown, method?: string): Promise<ApiAnswer> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const answer = await fetch(`${app.apiUrl}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...init,
  })
  const text = await answer.text()
  return { status: answer.status, json: text === '' ? undefined : JSON.parse(text) }
}

export const hrefOf = (app: App, path: string): string =>
  `${app.webdavUrl}${path.split('/').filter(Boolean).map(encodeURIComponent).join('/')}`

export async function readFile(
  app: App,
  path: string,
  range?: string,
): Promise<{ status: number; bytes: Buffer; headers: Headers }> {
  const answer = await fetch(hrefOf(app, path), range === undefined ? {} : { headers: { range } })
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers }
}

/** Names of a directory's members, in the order of the listing. */
export async function list(app: App, path: string): Promise<string[]> {
  const answer = await fetch(`${hrefOf(app, path)}/`.replace(/\/\/$/, '/'), {
    method: 'PROPFIND',
    headers: { depth: '1' },
  })
  const body = await answer.text()
  const hrefs = [...body.matchAll(/<D:href>([^<]*)<\/D:href>/g)].map((match) => decodeURIComponent(match[1] ?? ''))
  return hrefs.slice(1).map((href) => href.replace(/\/$/, '').split('/').at(-1) ?? '')
}
