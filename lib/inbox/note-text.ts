import type { AppError } from '../domain/errors.ts'

/** One torrent that is in the library now. */
export interface AddedPart {
  readonly name: string
  /** False when it was there before. */
  readonly isNew: boolean
  /** In the drive, absolute; empty when the drive could not be brought up to date. */
  readonly paths: readonly string[]
  /** When the drop was a link. */
  readonly magnet?: string
}

/** One torrent that was not added. */
export interface FailedPart {
  readonly name: string
  readonly error: AppError
  readonly magnet?: string
}

const UNSORTED = '/Unsorted/'
const MAX_PATHS = 1000

/**
 * The text of `name.added.txt`.
 * @param text what the dropped file said beside its links
 */
export function addedNote(parts: readonly AddedPart[], text?: string): string {
  const said = text === undefined ? [] : ['The dropped file said:', text.trim()]
  return join([...parts.flatMap(addedLines), ...said])
}

/**
 * The text of `name.error.txt`.
 * @param droppedName the file as it was dropped
 * @param keptName the same file as it is kept beside the note
 */
export function errorNote(parts: readonly FailedPart[], droppedName: string, keptName: string): string {
  return join([
    ...parts.flatMap(failedLines),
    `The dropped file is kept beside this note as\n\n    ${keptName}`,
    `To try again, drop it again, or rename it to\n\n    ${droppedName}`,
  ])
}

function addedLines({ name, isNew, paths, magnet }: AddedPart): string[] {
  const sorted = paths.filter((path) => !path.startsWith(UNSORTED))
  const unsorted = paths.filter((path) => path.startsWith(UNSORTED))
  return [
    isNew ? `Added: ${name}` : `In the library already: ${name}`,
    ...(paths.length === 0 ? ['Its files will show in the drive when the library has been read again.'] : []),
    ...(sorted.length === 0 ? [] : ['Its files are now in the drive at', block(sorted)]),
    ...(unsorted.length === 0 ? [] : ['Not recognised as part of a film or a show, and so at', block(unsorted)]),
    ...(magnet === undefined ? [] : [`From the link\n\n    ${magnet}`]),
  ]
}

function failedLines({ name, error, magnet }: FailedPart): string[] {
  return [
    `Not added: ${name}`,
    `Why: ${reason(error)}.`,
    ...(magnet === undefined ? [] : [`From the link\n\n    ${magnet}`]),
  ]
}

function reason(error: AppError): string {
  if (error.code === 'internal') return 'something went wrong inside the service; its log says what'
  if (error.code === 'storage_full') return 'the disk of the service is full'
  return error.message
}

function block(paths: readonly string[]): string {
  const shown = paths.slice(0, MAX_PATHS).map((path) => `    ${path}`)
  const more = paths.length - shown.length
  return (more > 0 ? [...shown, `    and ${more} more`] : shown).join('\n')
}

const join = (paragraphs: readonly string[]): string => `${paragraphs.join('\n\n')}\n`
