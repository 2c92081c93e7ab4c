import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that systems give to who asks for any port, so that nobody comes by one before it is used. */
const FIRST_PORT = 15_000
const PORTS = 15_000

/** A port of 127.0.0.1 that nobody listens on, for programs that must be told theirs. */
export async function freePort(): Promise<number> {
  const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return await freePort()
  }
  server.close()
  await once(server, 'close')
  return port
}
