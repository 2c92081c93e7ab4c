/** Counters only grow; the unit is in the name. */
export type CounterName =
  | 'reads_total'
  | 'read_bytes_total'
  | 'read_timeouts_total'
  | 'read_aborts_total'
  | 'piece_waits_total'
  | 'evicted_pieces_total'
  | 'piece_hash_failures_total'
  | 'banned_peers_total'
  | 'peer_errors_total'
  | 'downloaded_bytes_total'
  | 'uploaded_bytes_total'
  | 'wasted_bytes_total'
  | 'tree_builds_total'
  | 'tree_build_failures_total'
  | 'torrent_wakes_total'
  | 'login_failures_total'

/** Seconds. */
export type HistogramName =
  | 'read_first_byte_seconds'
  | 'piece_wait_seconds'
  | 'tree_build_seconds'
  | 'listing_seconds'
  | 'webdav_request_seconds'
  | 'torrent_wake_seconds'

/** Read when they are asked for. */
export type GaugeName =
  | 'open_readers'
  | 'torrents_active'
  | 'torrents_idle'
  | 'torrents_paused'
  | 'cache_used_bytes'
  | 'cache_size_bytes'
  | 'tree_entries'
  | 'tree_version'
  | 'peers'

/** Where components report. Every call is a few nanoseconds and never fails. */
export interface Metrics {
  add(name: CounterName, by?: number): void
  observe(name: HistogramName, seconds: number): void
  /** `read` is called at each scrape. */
  gauge(name: GaugeName, read: () => number): void
}

export const noMetrics: Metrics = { add() {}, observe() {}, gauge() {} }
