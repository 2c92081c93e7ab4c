import { systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { noMetrics } from '../../lib/domain/metrics.ts'
import { WebdavServer, type WebdavServerOptions } from '../../lib/webdav/server.ts'
import { ContentFake, CountingPool } from './content-fake.ts'
import { treeOf } from './tree-fixture.ts'

export const FILM_BYTES = 3_000_000

export interface RunningWebdav {
  readonly server: WebdavServer
  readonly port: number
  readonly url: string
  readonly content: ContentFake
  readonly pool: CountingPool
}

/** A server on a free port with a small library in memory. */
export async function startWebdav(overrides: Partial<WebdavServerOptions> = {}): Promise<RunningWebdav> {
  const content = new ContentFake(FILM_BYTES)
  const pool = new CountingPool()
  const tree = treeOf({
    Movies: {
      'Alpha (2001)': { 'Alpha (2001).mkv': FILM_BYTES, 'Alpha (2001).en.srt': 0 },
      'Who Framed? #1 & 100% (1988)': { 'Who Framed? #1 & 100% (1988).mp4': FILM_BYTES },
      'Amélie (2001)': { 'Amélie (2001).mkv': FILM_BYTES },
    },
    'TV Shows': { 'Show (2010)': { 'Season 01': { 'Show - S01E01.mkv': FILM_BYTES } } },
  })
  const server = new WebdavServer({
    host: '127.0.0.1',
    port: 0,
    trees: { current: tree },
    content,
    buffers: pool,
    clock: systemClock,
    logger: silentLogger,
    metrics: noMetrics,
    quota: () => ({ availableBytes: 1_000_000_000, usedBytes: 5_000 }),
    isReady: () => true,
    ...overrides,
  })
  const { port } = await server.start()
  return { server, port, url: `http://127.0.0.1:${port}`, content, pool }
}
