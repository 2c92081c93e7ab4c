import type { SubtitleRow } from '../domain/library.ts'
import { cutText, extensionOf, legalText } from './legal-name.ts'
import { libraryExtension } from './naming.ts'
import type { UniqueNames } from './unique-names.ts'

/**
 * What stands between the stem of a video and the extension of its subtitle: `.en.forced`. Language and flags come last,
 * since some players read the end of a name only; Jellyfin and Kodi take what stands before them as the title of the
 * track. Nothing when nothing is known.
 */
export function subtitleLabel(row: SubtitleRow, number = 1): string {
  const parts = [
    number > 1 ? `${number}` : '',
    row.isCommentary ? 'commentary' : '',
    cutText(legalText(row.language ?? ''), 12),
    row.isForced ? 'forced' : '',
    row.isHearingImpaired ? 'sdh' : '',
  ]
  return parts.map((part) => part && `.${part}`).join('')
}

/**
 * A name for each subtitle of one video, several of one language numbered: `.en.srt`, `.2.en.srt`. An index and its
 * pictures (`.idx`, `.sub`) get one stem together.
 */
export function* subtitleNames(
  stem: string,
  subtitles: readonly SubtitleRow[],
  names: UniqueNames,
): Generator<{ readonly row: SubtitleRow; readonly name: string }> {
  const nextNumbers = new Map<string, number>()
  for (const rows of pairs(subtitles)) {
    const [first] = rows
    if (!first) continue
    const extensions = rows.map((row) => libraryExtension(row.filePath))
    const key = `${subtitleLabel(first)}${extensions.join('')}`
    let number = nextNumbers.get(key) ?? 1
    while (!names.takeAll(stem + subtitleLabel(first, number), extensions)) number++
    nextNumbers.set(key, number + 1)
    for (const [index, row] of rows.entries())
      yield { row, name: stem + subtitleLabel(first, number) + extensions[index] }
  }
}

function pairs(subtitles: readonly SubtitleRow[]): Iterable<SubtitleRow[]> {
  const groups = new Map<string, SubtitleRow[]>()
  for (const row of subtitles.toSorted((a, b) => a.fileIndex - b.fileIndex)) {
    const extension = extensionOf(row.filePath)
    const isHalf = /^\.(?:idx|sub)$/i.test(extension)
    const path = row.filePath.slice(0, row.filePath.length - extension.length)
    const key = isHalf ? path : `${path}${extension}/${row.fileIndex}`
    const group = groups.get(key)
    if (group && !group.some((one) => libraryExtension(one.filePath) === extension.toLowerCase())) group.push(row)
    else groups.set(group ? `${key}/${row.fileIndex}` : key, [row])
  }
  return groups.values()
}
