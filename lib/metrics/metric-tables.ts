import type { CounterName, GaugeName, HistogramName } from '../domain/metrics.ts'

/** Before every name. */
export const METRIC_PREFIX = 'momoshtrem_'

/** Every counter with its help text. The type makes this list and the port's names the same. */
export const COUNTERS = {
  reads_total: 'Reads of file content that were begun.',
  read_bytes_total: 'Bytes of file content given to clients.',
  read_timeouts_total: 'Reads that got nothing for the configured time.',
  read_aborts_total: 'Reads that the client left before their end.',
  piece_waits_total: 'Times a reader had to wait for a piece.',
  evicted_pieces_total: 'Pieces removed from the cache to keep its cap.',
  piece_hash_failures_total: 'Pieces whose bytes did not match their hash.',
  banned_peers_total: 'Peers banned for sending bad data.',
  peer_errors_total: 'Connections to peers lost to a protocol error.',
  downloaded_bytes_total: 'Payload bytes received from peers.',
  uploaded_bytes_total: 'Payload bytes sent to peers.',
  wasted_bytes_total: 'Payload bytes received and not used.',
  tree_builds_total: 'Trees built and made current.',
  tree_build_failures_total: 'Tree builds that failed; the tree before stayed.',
  torrent_wakes_total: 'Idle torrents brought online by a read.',
  login_failures_total: 'Requests with a wrong login or token.',
} as const satisfies Record<CounterName, string>

interface HistogramRow {
  readonly help: string
  /** Upper bounds in seconds, ascending. */
  readonly buckets: readonly number[]
}

/** From memory speed to what a person calls slow. */
const REQUEST_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** What depends on peers: from a cached piece to the read time-out. */
const SWARM_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

export const HISTOGRAMS = {
  read_first_byte_seconds: { help: 'From a read request to its first byte.', buckets: SWARM_BUCKETS },
  piece_wait_seconds: { help: 'How long a reader waited for one piece.', buckets: SWARM_BUCKETS },
  tree_build_seconds: { help: 'From reading the library to the new tree being current.', buckets: REQUEST_BUCKETS },
  listing_seconds: { help: 'Time to answer a directory listing.', buckets: REQUEST_BUCKETS },
  webdav_request_seconds: { help: 'Time to answer a WebDAV request other than a read.', buckets: REQUEST_BUCKETS },
  torrent_wake_seconds: { help: 'From waking an idle torrent to its first peer.', buckets: SWARM_BUCKETS },
} as const satisfies Record<HistogramName, HistogramRow>

export const GAUGES = {
  open_readers: 'Reads of file content that are open now.',
  torrents_active: 'Torrents that are online.',
  torrents_idle: 'Torrents off the network until they are read.',
  torrents_paused: 'Torrents that a person paused.',
  cache_used_bytes: 'Bytes of verified pieces in the cache.',
  cache_size_bytes: 'Cap of the cache.',
  tree_entries: 'Files and directories in the current tree.',
  tree_version: 'Version of the current tree; grows by one with every change.',
  peers: 'Peers connected now, over all torrents.',
} as const satisfies Record<GaugeName, string>
