import { and, asc, desc, eq } from 'drizzle-orm'
import { infoHash } from '../domain/ids.ts'
import type { Assignment } from '../domain/library.ts'
import { episodes, seasons } from './schema/titles.ts'
import { torrentAssignments } from './schema/torrents.ts'

/** The columns of an `Assignment`. */
export const ASSIGNMENT_COLUMNS = {
  infoHash: torrentAssignments.infoHash,
  fileIndex: torrentAssignments.fileIndex,
  filePath: torrentAssignments.filePath,
  sizeBytes: torrentAssignments.sizeBytes,
  resolution: torrentAssignments.resolution,
  source: torrentAssignments.source,
  isActive: torrentAssignments.isActive,
  isChosen: torrentAssignments.isChosen,
  trashedAtMs: torrentAssignments.trashedAtMs,
  assignedAtMs: torrentAssignments.assignedAtMs,
}

/**
 * After `from(seasons).crossJoin(episodes).crossJoin(torrentAssignments)`: what joins them. Cross joins keep SQLite to
 * that order; by itself, without statistics, it takes walking all assignments for the shorter way.
 */
export const ofSeason = and(
  eq(episodes.seasonId, seasons.id),
  eq(torrentAssignments.itemType, 'episode'),
  eq(torrentAssignments.itemId, episodes.id),
)

/** Of the versions of an item: active ones first, then the older. */
export const VERSION_ORDER = [
  desc(torrentAssignments.isActive),
  asc(torrentAssignments.assignedAtMs),
  asc(torrentAssignments.infoHash),
  asc(torrentAssignments.fileIndex),
] as const

/** A row of those columns and others. */
export function toAssignment(row: Omit<Assignment, 'infoHash'> & { readonly infoHash: string }): Assignment {
  const { fileIndex, filePath, sizeBytes, resolution, source, isActive, isChosen, trashedAtMs, assignedAtMs } = row
  return {
    infoHash: infoHash(row.infoHash),
    fileIndex,
    filePath,
    sizeBytes,
    resolution,
    source,
    isActive,
    isChosen,
    trashedAtMs,
    assignedAtMs,
  }
}
