import { ActivityManager } from '../../lib/activity/activity-manager.ts'
import type { ContainerStore } from '../../lib/domain/container.ts'
import type { ContentReader } from '../../lib/domain/content.ts'
import { type ContentId, contentId, infoHash } from '../../lib/domain/ids.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import type { ByteRange } from '../../lib/domain/ranges.ts'
import type { PieceWindow } from '../../lib/domain/torrent.ts'
import { TorrentContentSource } from '../../lib/stream/torrent-content-source.ts'
import type { WindowOptions } from '../../lib/stream/windows.ts'
import { FakeEngine, FakeTorrent, type FakeTorrentOptions } from '../support/fake-torrent.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryCatalog } from '../support/memory-catalog.ts'
import { RecordedMetrics } from '../support/recorded-metrics.ts'

export const KIB = 1024
export const MIB = 1024 * KIB
export const HASH = infoHash('ab'.repeat(20))
export const never = new AbortController().signal
export const READ_TIMEOUT_MS = 120_000
export const GRACE_MS = 2500

export const WINDOWS: WindowOptions = {
  headerBytes: 10 * MIB,
  footerBytes: 5 * MIB,
  urgentBytes: 8 * MIB,
  readAheadBytes: 32 * MIB,
}

/** A content source on a real activity manager, over one torrent in memory. */
export interface Room {
  readonly torrent: FakeTorrent
  readonly engine: FakeEngine
  readonly activity: ActivityManager
  readonly source: TorrentContentSource
  readonly clock: ManualClock
  readonly metrics: RecordedMetrics
  readonly file: ContentId
  open(range?: ByteRange): Promise<ContentReader>
  close(): Promise<void>
}

export function makeRoom(
  options: Omit<FakeTorrentOptions, 'infoHash'>,
  more: { readonly windows?: WindowOptions; readonly containers?: ContainerStore } = {},
): Room {
  const torrent = new FakeTorrent({ ...options, infoHash: HASH })
  const engine = new FakeEngine(() => torrent)
  const clock = new ManualClock()
  const metrics = new RecordedMetrics()
  const common = { clock, logger: silentLogger, metrics }
  const catalog = new MemoryCatalog([HASH])
  const activity = new ActivityManager({ ...common, engine, catalog, idleTimeoutMs: 300_000, startPaused: true })
  activity.start()
  const source = new TorrentContentSource({
    ...common,
    activity,
    windows: more.windows ?? WINDOWS,
    readTimeoutMs: READ_TIMEOUT_MS,
    graceMs: GRACE_MS,
    ...(more.containers && { containers: more.containers }),
  })
  const file = contentId(HASH, 0)
  return {
    torrent,
    engine,
    activity,
    source,
    clock,
    metrics,
    file,
    open: (range = { start: 0, end: Number.MAX_SAFE_INTEGER }) => source.open(file, range, never),
    async close() {
      source.close()
      await activity.close()
    },
  }
}

/** Lets everything run that waits for no event from outside. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 10)) & 0xff)

export const show = (list: readonly PieceWindow[]): string[] =>
  list.map(({ first, end, priority }) => `${priority} ${first}-${end}`)
