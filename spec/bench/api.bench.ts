import { Agent, request } from 'node:http'
import { TorrentsAnswer } from '../../lib/api/schemas/torrents.ts'
import { infoHash } from '../../lib/domain/ids.ts'
import { torrentOf } from '../library/fixtures.ts'
import { ApiFixture } from '../support/fake-api.ts'

// REST over the real library, on one keep-alive connection. The list is compared with the same answer checked against its
// schema on the way out, which is what the framework's own serializer would do.
const TORRENTS = 1000
const FILES = 20

const api = await ApiFixture.start()
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

function get(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(api.server.url + path, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve(text))
    })
      .on('error', reject)
      .end()
  })
}

async function measure(name: string, runs: number, call: () => unknown): Promise<void> {
  for (let index = 0; index < Math.ceil(runs / 10); index += 1) await call()
  const started = performance.now()
  for (let index = 0; index < runs; index += 1) await call()
  const ms = Math.round(((performance.now() - started) / runs) * 1000) / 1000
  console.log(JSON.stringify({ bench: 'api', case: name, ms }))
}

const paths = Array.from({ length: FILES }, (_, index) => `Show.S01.1080p/Show.S01E${index}.1080p.mkv`)
for (let index = 0; index < TORRENTS; index += 1) {
  const hash = infoHash(index.toString(16).padStart(40, '0'))
  api.library.addTorrent({ ...torrentOf(`Show.S01.1080p.${index}`, paths), infoHash: hash }, null, [], false)
}

await measure('GET /healthz', 2000, () => get('/healthz'))
await measure('GET /api/status', 2000, () => get('/api/status'))
const list = await get('/api/torrents?limit=500')
for (const query of ['limit=50', 'limit=500', 'limit=50&state=idle']) {
  await measure(`GET /api/torrents?${query}, of ${TORRENTS} of ${FILES} files`, 20, () => get(`/api/torrents?${query}`))
}
const answer: unknown = JSON.parse(list)
await measure('the answer of 500 through its schema alone', 20, () => JSON.stringify(TorrentsAnswer.parse(answer)))

agent.destroy()
await api.close()
