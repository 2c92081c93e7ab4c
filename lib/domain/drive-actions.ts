import type { Disposable } from './disposable.ts'

/**
 * What writing to the library's part of the drive does. Paths are decoded, `/`-separated, with `/` at the start. All fail
 * with `read_only` for what nobody may write, `not_found` for a path that is not there, `invalid` for a name that says
 * nothing, `conflict` for a taken one, `storage_full`.
 */
export interface DriveActions {
  /** DELETE: into the trash, out of /Offline. */
  delete(path: string, signal: AbortSignal): Promise<void>
  /** MOVE: another identity, or back from the trash. */
  move(from: string, to: string, signal: AbortSignal): Promise<void>
  /** COPY: into /Offline. */
  copy(from: string, to: string, signal: AbortSignal): Promise<void>
  /** MKCOL: only below /Offline. */
  makeDirectory(path: string, signal: AbortSignal): Promise<void>
}

/** Folders below /Offline that were made and hold nothing yet: the library knows paths of files only. */
export interface EmptyFolders {
  /** `/`-separated paths below /Offline, each name legal as the tree's are. */
  folders(): readonly string[]
  /** Called after each change. */
  onChanged(listener: () => void): Disposable
}
