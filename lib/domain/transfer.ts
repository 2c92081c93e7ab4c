/** What an import did. An item of the same title and year or TMDB id, and a torrent that is there, are kept as they are. */
export interface ImportSummary {
  readonly movies: ImportCount
  readonly shows: ImportCount
  readonly torrents: ImportCount
  /** Files that the new torrents brought to items. */
  readonly assignments: number
}

export interface ImportCount {
  readonly added: number
  readonly kept: number
}

/**
 * The library as a document of JSON Lines (jsonlines.org), UTF-8: a header with format, version and counts, then a line a
 * movie, a show with its seasons and episodes, and a torrent with its metadata, assignments, subtitles, paths in /Offline
 * and watch positions. Not in it: what is fetched again or anew (providers' metadata, images, downloaded subtitles).
 */
export interface LibraryTransfer {
  /**
   * Lines without their ends, made as they are pulled, of one consistent state; writers need not wait. Must be consumed to
   * its end or left by `return()`.
   */
  exportLibrary(): Iterable<string>
  /**
   * Adds what the library does not hold, in many short transactions between which others have their turn, readers and
   * writers. `lines` is iterated twice: all of it is checked before the first transaction, and what is `invalid`, with the
   * line named, has changed nothing. What ends it later (the signal, a full disk, the end of the process; `conflict` when
   * what is imported is deleted meanwhile) leaves what was stored so far, whole torrents in their items: importing the
   * document again adds the rest.
   */
  importLibrary(lines: Iterable<string>, signal: AbortSignal): Promise<ImportSummary>
}
