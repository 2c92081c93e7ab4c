import { connect, createServer } from 'node:net'
import { isAppError } from '../domain/errors.ts'
import type { CheckContext } from './check-context.ts'
import type { DoctorSettings } from './doctor-options.ts'
import { countText, fail, ok, warn } from './findings.ts'
import { apiUrlOf, localHost } from './service-probe.ts'

export async function checkService({ settings, service }: CheckContext, signal: AbortSignal) {
  if (!(await service.isRunning(signal)))
    return warn(
      `nothing answers at ${apiUrlOf(settings)}, so only what needs no running service is checked`,
      'Start it: momoshtrem serve.',
    )
  const ready = await service.api('/readyz', signal)
  if (ready.status !== 200) return warn('the service is starting', 'Run this again in a moment.')
  const status = await service.status(signal).catch((error: unknown) => {
    if (!isAppError(error, 'unauthorized')) throw error
    return undefined
  })
  if (!status)
    return fail('the API refuses API_TOKEN', 'Set it as it was when the service started, or start that again.')
  const { version, uptime_s: uptimeS, library } = status
  const { movies, shows, torrents } = library
  return ok(
    `version ${version}, up for ${countText(Math.floor(uptimeS / 60), 'minute')}, with ${countText(movies, 'movie')}, ${countText(shows, 'show')}, ${countText(torrents, 'torrent')}`,
  )
}

interface Port {
  readonly setting: string
  readonly host: string
  readonly port: number
}

const portsOf = (settings: DoctorSettings): readonly Port[] => [
  { setting: 'WEBDAV_PORT', host: settings.webdavHost, port: settings.webdavPort },
  { setting: 'API_PORT', host: settings.apiHost, port: settings.apiPort },
  { setting: 'TORRENT_PORT', host: settings.torrentHost, port: settings.torrentPort },
]

/** While the service runs its ports answer; while it does not they can be listened on. */
export async function checkPorts({ settings, service }: CheckContext, signal: AbortSignal) {
  const ports = portsOf(settings)
  const fixed = ports.filter(({ port }) => port !== 0)
  const names = fixed.map(({ setting, port }) => `${setting} ${port}`).join(', ')
  const isRunning = await service.isRunning(signal)
  for (const port of fixed) {
    const problem = isRunning ? await answerProblem(port, signal) : await listenProblem(port)
    if (problem === undefined) continue
    const advice = isRunning
      ? `Look at the log of the service, and whether ${port.setting} changed since its start.`
      : LISTEN_ADVICE[problem]
    return fail(
      `${port.setting} ${port.port} on ${port.host} ${isRunning ? `does not answer (${problem})` : `cannot be used (${problem})`}`,
      advice ?? `Set ${port.setting} to another port, or its host to an address of this machine.`,
    )
  }
  const anyPort = ports.filter(({ port }) => port === 0).map(({ setting }) => setting)
  if (anyPort.length > 0)
    return warn(
      `${anyPort.join(', ')}: any free port is taken at each start`,
      'Set a port, so that clients and routers may know it.',
    )
  return ok(`${names} ${isRunning ? 'answer' : 'are free'}`)
}

const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program uses it: end that one, or set another port.',
  EACCES: 'Ports below 1024 take a permission: set another port.',
  EADDRNOTAVAIL: 'Its host is no address of this machine: set that to one, or to 0.0.0.0.',
}

function answerProblem({ host, port }: Port, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: localHost(host), port, signal })
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason as Error)
      else resolve(error.code ?? error.message)
    })
  })
}

function listenProblem({ host, port }: Port): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}

/** What the service knows of its peers. A port that the router keeps shut cannot be seen from here. */
export async function checkSwarm({ settings, service }: CheckContext, signal: AbortSignal) {
  const { torrents } = await service.status(signal)
  const metrics = (await service.api('/metrics', signal)).body.toString('utf8')
  if (torrents.error > 0)
    return warn(`${countText(torrents.error, 'torrent')} could not be opened`, 'See: momoshtrem torrents.')
  if (torrents.active === 0) return ok('no torrent is online: peers are looked for while something is read')
  const peers = metric(metrics, 'peers')
  const online = `${countText(torrents.active, 'torrent')} online`
  if (peers === 0)
    return warn(
      `no peers for ${online}`,
      `Let TORRENT_PORT ${settings.torrentPort} through firewall and router (TCP and UDP), keep DHT on, or add TRACKERS.`,
    )
  const mib = (name: string): string => `${Math.round(metric(metrics, name) / 1024 ** 2)} MiB`
  return ok(
    `${countText(peers, 'peer')} for ${online}, ${mib('downloaded_bytes_total')} received, ${mib('uploaded_bytes_total')} sent`,
  )
}

/** Of the Prometheus text format; 0 for one that is not there. */
const metric = (text: string, name: string): number =>
  Number(new RegExp(`^momoshtrem_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
