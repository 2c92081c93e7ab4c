/** What Finder and Explorer leave beside every file they touch. */
const LITTER = new Set(['.ds_store', 'desktop.ini', 'thumbs.db', '.localized', '.hidden'])
/** Asked for all the time, never there: no look-up is worth it. */
const NEVER_THERE = new Set([
  '.ds_store',
  '.spotlight-v100',
  '.localized',
  '.hidden',
  'mach_kernel',
  'backups.backupdb',
])
/** Their presence at the root of a volume keeps macOS from indexing it and from making thumbnails. */
const ROOT_MARKERS = new Set(['.metadata_never_index', '.ql_disablethumbnails'])

/** A name that is taken on a write to a writable folder, and discarded. */
export const isLitter = (name: string): boolean => name.startsWith('._') || LITTER.has(name.toLowerCase())

/** A name that a read answers with 404 without looking. Real artwork (`folder.jpg`) is not among them. */
export const isNeverThere = (name: string): boolean => name.startsWith('._') || NEVER_THERE.has(name.toLowerCase())

/** An empty file that exists at the root only and is in no listing. */
export const isRootMarker = (segments: readonly string[]): boolean =>
  segments.length === 1 && ROOT_MARKERS.has(segments[0] ?? '')
