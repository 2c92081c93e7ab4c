import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'

export interface Server {
  readonly name: string
  readonly port: number
  readonly pid: number
  readonly close: () => Promise<void>
}

/** Processor time of a process and its children so far. Zero where there is no /proc. */
export function cpuMs(pid: number): number {
  if (!existsSync('/proc/self/stat')) return 0
  let ticks = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ')
      if (Number(name) === pid || Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks * 10
}

/** A server of others on `port`, or undefined, with a line that says so, when it is not there or does not come up. */
async function startPeer(
  name: string,
  program: string,
  args: readonly string[],
  port: number,
): Promise<Server | undefined> {
  const child: ChildProcess = spawn(program, args, { stdio: 'ignore' })
  let isGone = false
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      isGone = true
      resolve()
    }
    child.once('error', end).once('exit', end)
  })
  const close = async (): Promise<void> => {
    child.kill('SIGTERM')
    await gone
  }
  for (let attempt = 0; attempt < 100 && !isGone; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isUp) return { name, port, pid: child.pid ?? 0, close }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await close()
  console.error(`servers: ${name} left out: ${program} is not installed or did not start`)
  return undefined
}

export async function startNginx(files: string, work: string): Promise<Server | undefined> {
  const port = await freePort()
  const module = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so'
  if (!existsSync(module)) {
    console.error('servers: nginx left out: libnginx-mod-http-dav-ext is not installed')
    return undefined
  }
  const config = join(work, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${work}/${kind};`,
  )
  writeFileSync(
    config,
    `load_module ${module};
daemon off; pid ${work}/nginx.pid; error_log /dev/null; worker_processes 1; user root;
events { worker_connections 256; }
http { access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port}; root ${files}; location / { dav_ext_methods PROPFIND OPTIONS; } } }
`,
  )
  return await startPeer('nginx', 'nginx', ['-c', config, '-e', '/dev/null'], port)
}

export async function startApache(files: string, work: string): Promise<Server | undefined> {
  const port = await freePort()
  const modules = ['mpm_event', 'authz_core', 'dav', 'dav_fs']
  const directory = '/usr/lib/apache2/modules'
  const config = join(work, 'apache.conf')
  writeFileSync(
    config,
    `${modules.map((name) => `LoadModule ${name}_module ${directory}/mod_${name}.so`).join('\n')}
ServerRoot ${work}
ServerName localhost
PidFile ${work}/apache.pid
ErrorLog /dev/null
Listen 127.0.0.1:${port}
User www-data
Group www-data
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot ${files}
DavLockDB ${work}/davlock
<Directory ${files}>
  Dav On
  Require all granted
</Directory>
`,
  )
  return await startPeer('apache mod_dav', 'apache2', ['-f', config, '-DFOREGROUND'], port)
}

export async function startRclone(files: string): Promise<Server | undefined> {
  const port = await freePort()
  const options = ['--config', '/dev/null', '--addr', `127.0.0.1:${port}`, '--read-only', '--dir-cache-time', '1h']
  return await startPeer('rclone serve webdav', 'rclone', ['serve', 'webdav', files, ...options], port)
}
