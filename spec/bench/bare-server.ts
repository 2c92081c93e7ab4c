import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FixedBufferPool } from '../../lib/stream/buffer-pool.ts'

/** As pread(2): the bytes read into `target`, from `positionBytes` of the file. */
export type ReadAt = (target: Uint8Array, positionBytes: number) => Promise<number>

/** The least that node can do for a file: a positional read into a kept buffer, and one write. */
export async function startBareServer(
  fileBytes: number,
  readAt: ReadAt,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const pool = new FixedBufferPool()
  const server = createServer({ noDelay: true }, (req, res) => {
    const [, first = '0', last = String(fileBytes - 1)] = /bytes=(\d+)-(\d+)/.exec(req.headers.range ?? '') ?? []
    const [start, end] = [Number(first), Number(last) + 1]
    res.writeHead(req.headers.range === undefined ? 200 : 206, { 'Content-Length': end - start })
    void send(res, readAt, pool, start, end)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function send(
  res: ServerResponse,
  readAt: ReadAt,
  pool: FixedBufferPool,
  start: number,
  end: number,
): Promise<void> {
  const buffer = pool.take()
  for (let position = start; position < end; ) {
    const count = await readAt(buffer.subarray(0, Math.min(buffer.length, end - position)), position)
    position += count
    await new Promise((resolve) => res.write(buffer.subarray(0, count), resolve))
  }
  pool.give(buffer)
  res.end()
}
