import { basename, dirname } from 'node:path'
import { orAbort, throwIfAborted } from '../domain/abort.ts'
import { isAppError, toAppError } from '../domain/errors.ts'
import type { Intake, IntakeResult } from '../domain/intake.ts'
import type { Logger } from '../domain/logger.ts'
import type { TreeSource } from '../domain/tree.ts'
import { drivePaths } from './drive-paths.ts'
import { type Drop, type DroppedTorrent, readDrop } from './drop.ts'
import { type FileStamp, isGone, linkNew, removeUnchanged, writeNew } from './drop-files.ts'
import { dropKind, keptNames, noteNames } from './drop-name.ts'
import { mapConcurrently } from './map-concurrently.ts'
import { type AddedPart, addedNote, errorNote, type FailedPart } from './note-text.ts'
import type { SettledFile } from './settling-files.ts'

/** The drive's tree, and how to wait for it. */
export interface SettledTreeSource extends TreeSource {
  /** Resolves when every change committed so far is in `current`, or could not be built. */
  settled(): Promise<void>
}

export interface DropAdderOptions {
  readonly intake: Intake
  readonly trees: SettledTreeSource
  readonly logger: Logger
}

interface Added {
  readonly result: IntakeResult
  readonly magnet?: string
}

/** Torrents at a time of one file. */
const CONCURRENCY = 4

/** Adds what one dropped file asks for, and leaves the notes about it in its place. */
export class DropAdder {
  readonly #options: DropAdderOptions

  constructor(options: DropAdderOptions) {
    this.#options = options
  }

  /**
   * `changed` when the file is not, or did not stay, as it was at `stamp`: it wants another look. `unreadable`, with
   * nothing done, when it says nothing that can be added and is not final. The dropped file goes last, so that an end at
   * any moment leaves it to be added again, which changes nothing in the library. Fails with the signal's reason, or as the
   * file system does.
   */
  async process(
    path: string,
    { stamp, isFinal }: SettledFile,
    signal: AbortSignal,
  ): Promise<'done' | 'changed' | 'unreadable'> {
    const name = basename(path)
    const drop = await this.#read(path, name, stamp)
    if (drop === 'changed') return 'changed'
    if (drop === 'none') return 'done'
    const { torrents, text } = 'error' in drop ? { torrents: [] } : drop
    const outcomes = await mapConcurrently(torrents, CONCURRENCY, (torrent) => this.#add(torrent, signal))
    throwIfAborted(signal)
    const added = outcomes.filter((outcome) => 'result' in outcome)
    const failed = 'error' in drop ? [drop] : outcomes.filter((outcome) => 'error' in outcome)
    if (!isFinal && added.length === 0 && failed.every(({ error }) => error.code === 'invalid')) return 'unreadable'
    if (added.length > 0) await this.#leaveAdded(path, added, text, signal)
    if (failed.length > 0) await this.#leaveFailed(path, failed)
    this.#options.logger.info('dropped file taken', { path, added: added.length, failed: failed.length })
    return (await removeUnchanged(path, stamp)) ? 'done' : 'changed'
  }

  async #read(path: string, name: string, stamp: FileStamp): Promise<Drop | FailedPart | 'changed' | 'none'> {
    const kind = dropKind(name)
    if (!kind) return 'none'
    try {
      return await readDrop(path, name, kind, stamp)
    } catch (error) {
      if (isAppError(error)) return { name, error }
      if (isGone(error)) return 'none'
      throw error
    }
  }

  /** Never rejects; what an abort ends has failed too. */
  async #add({ label, input, magnet }: DroppedTorrent, signal: AbortSignal): Promise<Added | FailedPart> {
    const from = magnet === undefined ? {} : { magnet }
    try {
      return { result: await this.#options.intake.add(input, undefined, signal), ...from }
    } catch (error) {
      const failure = toAppError(error)
      if (failure.code === 'internal') this.#options.logger.error('dropped torrent not added', { label, err: error })
      return { name: label, error: failure, ...from }
    }
  }

  async #leaveAdded(
    path: string,
    added: readonly Added[],
    text: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { trees } = this.#options
    await orAbort(trees.settled(), signal)
    const paths = await drivePaths(trees.current, new Set(added.map(({ result }) => result.infoHash)), signal)
    const parts = added.map(
      ({ result, ...from }): AddedPart => ({
        name: result.name,
        isNew: result.isNew,
        paths: paths.get(result.infoHash) ?? [],
        ...from,
      }),
    )
    await writeNew(dirname(path), noteNames(basename(path), 'added'), addedNote(parts, text))
  }

  async #leaveFailed(path: string, failed: readonly FailedPart[]): Promise<void> {
    const directory = dirname(path)
    const name = basename(path)
    let keptName: string
    try {
      keptName = await linkNew(path, directory, keptNames(name))
    } catch (error) {
      if (isGone(error)) return // taken back meanwhile: nobody waits for the answer
      throw error
    }
    await writeNew(directory, noteNames(name, 'error'), errorNote(failed, name, keptName))
  }
}
