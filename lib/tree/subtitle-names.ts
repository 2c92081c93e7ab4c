import type { SubtitleTraits } from '../domain/identify.ts'
import { parseLocalContentId } from '../domain/ids.ts'
import { cutText, extensionOf, legalText } from '../domain/legal-name.ts'
import type { SidecarPlace, SidecarRow, SubtitleRow } from '../domain/library-rows.ts'
import { libraryExtension } from './naming.ts'
import type { UniqueNames } from './unique-names.ts'

export type StoredSubtitleRow = SidecarRow & { readonly place: Extract<SidecarPlace, { readonly at: 'subtitle' }> }
/** A subtitle of a torrent, or one of no torrent: named and numbered alike. */
export type CaptionRow = SubtitleRow | StoredSubtitleRow

/**
 * What stands between the stem of a video and the extension of its subtitle: `.en.forced`. Language and flags come last,
 * since some players read the end of a name only; Jellyfin and Kodi take what stands before them as the title of the
 * track. Nothing when nothing is known.
 */
export function subtitleLabel(traits: SubtitleTraits, number = 1): string {
  const parts = [
    number > 1 ? `${number}` : '',
    traits.isCommentary ? 'commentary' : '',
    cutText(legalText(traits.language ?? ''), 12),
    traits.isForced ? 'forced' : '',
    traits.isHearingImpaired ? 'sdh' : '',
  ]
  return parts.map((part) => part && `.${part}`).join('')
}

/**
 * A name for each subtitle of one video, several of one language numbered: `.en.srt`, `.2.en.srt`. Those of the torrent
 * come first, so that one that is added changes no other's name. An index and its pictures (`.idx`, `.sub`) get one stem
 * together.
 */
export function* subtitleNames(
  stem: string,
  captions: readonly CaptionRow[],
  names: UniqueNames,
): Generator<{ readonly row: CaptionRow; readonly name: string }> {
  const nextNumbers = new Map<string, number>()
  for (const rows of pairs(captions)) {
    const [first] = rows
    if (!first) continue
    const traits = first.kind === 'subtitle' ? first : first.place.traits
    const extensions = rows.map(captionExtension)
    const key = `${subtitleLabel(traits)}${extensions.join('')}`
    let number = nextNumbers.get(key) ?? 1
    while (!names.takeAll(stem + subtitleLabel(traits, number), extensions)) number++
    nextNumbers.set(key, number + 1)
    for (const [index, row] of rows.entries())
      yield { row, name: stem + subtitleLabel(traits, number) + extensions[index] }
  }
}

function captionExtension(row: CaptionRow): string {
  return libraryExtension(row.kind === 'subtitle' ? row.filePath : row.place.extension)
}

function pairs(captions: readonly CaptionRow[]): Iterable<CaptionRow[]> {
  const groups = new Map<string, CaptionRow[]>()
  for (const row of captions.toSorted(bySeniority)) {
    if (row.kind === 'sidecar') {
      groups.set(row.content, [row])
      continue
    }
    const extension = extensionOf(row.filePath)
    const isHalf = /^\.(?:idx|sub)$/i.test(extension)
    const path = row.filePath.slice(0, row.filePath.length - extension.length)
    const key = isHalf ? path : `${path}${extension}/${row.fileIndex}`
    const group = groups.get(key)
    if (group && !group.some((one) => captionExtension(one) === extension.toLowerCase())) group.push(row)
    else groups.set(group ? `${key}/${row.fileIndex}` : key, [row])
  }
  return groups.values()
}

function bySeniority(a: CaptionRow, b: CaptionRow): number {
  if (a.kind === 'subtitle') return b.kind === 'subtitle' ? a.fileIndex - b.fileIndex : -1
  if (b.kind === 'subtitle') return 1
  return parseLocalContentId(a.content).id - parseLocalContentId(b.content).id
}
