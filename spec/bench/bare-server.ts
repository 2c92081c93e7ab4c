import { once } from 'node:events'
import { createServer } from 'node:http'
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
    const end = Number(last) + 1
    let position = Number(first)
    res.writeHead(req.headers.range === undefined ? 200 : 206, { 'Content-Length': end - position })
    const buffer = pool.take()
    const next = async (): Promise<void> => {
      if (position >= end) {
        pool.give(buffer)
        res.end()
        return
      }
      const count = await readAt(buffer.subarray(0, Math.min(buffer.length, end - position)), position)
      position += count
      res.write(buffer.subarray(0, count), () => void next())
    }
    void next()
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
