import type { InfoHash } from '../domain/ids.ts'
import { PieceFetcher } from '../fetching/piece-fetcher.ts'
import type { Library } from '../library/library.ts'
import { detectOn } from '../stream/file-bytes.ts'
import { TorrentContentSource } from '../stream/torrent-content-source.ts'
import { parseTorrentMetadata } from '../torrent/metadata/parse-metadata.ts'
import { WatchTracker } from '../watching/watch-tracker.ts'
import { type Base, MIB } from './parts.ts'
import type { Torrents } from './torrents.ts'

export interface Reading {
  readonly content: TorrentContentSource
  readonly fetcher: PieceFetcher
  readonly watching: WatchTracker
}

/** Readers, and what is fetched before anybody reads it. */
export function createReading(base: Base, library: Library, { engine, activity }: Torrents): Reading {
  const { config, clock, logger, metrics, parts } = base
  const filesOf = (infoHash: InfoHash) => library.findTorrent(infoHash)?.files
  const content = parts.own(
    'readers',
    new TorrentContentSource({
      activity,
      clock,
      logger,
      metrics,
      windows: {
        headerBytes: config.headerPriorityMb * MIB,
        footerBytes: config.footerPriorityMb * MIB,
        urgentBytes: config.urgentMb * MIB,
        readAheadBytes: config.readaheadMb * MIB,
      },
      readTimeoutMs: config.readTimeoutS * 1000,
      containers: library,
    }),
  )
  const fetcher = parts.own(
    'background fetching',
    new PieceFetcher({
      activity,
      engine,
      pins: library,
      containers: library,
      files: filesOf,
      detect: detectOn,
      pressure: content,
      clock,
      logger,
      probeTorrents: config.probeTorrents,
      privatePercent: config.probePrivatePercent,
    }),
  )
  const watching = parts.own(
    'watching',
    new WatchTracker({
      store: library,
      fetcher: config.nextEpisode ? fetcher : { warm() {} },
      engine,
      files: filesOf,
      layout: (infoHash) => {
        const metadata = library.source(infoHash)?.metadata
        return metadata && parseTorrentMetadata(metadata).layout
      },
      clock,
      logger,
    }),
  )
  const progress = content.onProgress((event) => watching.progress(event))
  parts.own('progress of readers', { close: () => progress.dispose() })
  return { content, fetcher, watching }
}
