import type { SubtitleTraits } from '../domain/identify.ts'
import { contentId, type InfoHash } from '../domain/ids.ts'
import { extensionOf } from '../domain/legal-name.ts'
import type { PlacedSubtitle } from '../domain/library.ts'
import type { FoundSubtitle, StoredSubtitle, SubtitleChoice, UploadedSubtitle } from '../domain/subtitles.ts'
import { instant, type Json } from './json.ts'
import type { AddSubtitleBody, FoundSubtitlesAnswer, SubtitleJson } from './schemas/subtitles.ts'

const traitsJson = (traits: SubtitleTraits) => ({
  language: traits.language,
  is_forced: traits.isForced,
  is_hearing_impaired: traits.isHearingImpaired,
  is_commentary: traits.isCommentary,
})

export const storedSubtitleJson = (subtitle: StoredSubtitle): Json<typeof SubtitleJson> => ({
  id: subtitle.id,
  source: subtitle.source,
  ...traitsJson(subtitle),
  format: subtitle.format,
  size: subtitle.sizeBytes,
  file_id: null,
  file_path: null,
  release_name: subtitle.releaseName,
  added_at: instant(subtitle.addedAtMs),
})

export const torrentSubtitleJson = (infoHash: InfoHash, subtitle: PlacedSubtitle): Json<typeof SubtitleJson> => ({
  id: null,
  source: 'torrent',
  ...traitsJson(subtitle),
  format: extensionOf(subtitle.filePath).slice(1).toLowerCase(),
  size: subtitle.sizeBytes,
  file_id: contentId(infoHash, subtitle.fileIndex),
  file_path: subtitle.filePath,
  release_name: null,
  added_at: null,
})

export const foundSubtitleJson = (found: FoundSubtitle): Json<typeof FoundSubtitlesAnswer>['subtitles'][number] => ({
  file_id: found.fileId,
  matched_by: found.matchedBy,
  ...traitsJson(found),
  release_name: found.releaseName,
  file_name: found.fileName,
  downloads: found.downloads,
  fps: found.fps,
  is_trusted: found.isTrusted,
  is_machine_translated: found.isMachineTranslated,
})

/** Of a checked body: what is left out is left to the service. */
export function subtitleInput(body: Json<typeof AddSubtitleBody>): SubtitleChoice | UploadedSubtitle {
  const {
    language,
    is_forced: isForced,
    is_hearing_impaired: isHearingImpaired,
    is_commentary: isCommentary,
    release_name: releaseName,
  } = body
  const traits = {
    ...(language !== undefined && { language }),
    ...(isForced !== undefined && { isForced }),
    ...(isHearingImpaired !== undefined && { isHearingImpaired }),
    ...(isCommentary !== undefined && { isCommentary }),
  }
  return body.file_id !== undefined
    ? { ...traits, fileId: body.file_id, ...(releaseName !== undefined && { releaseName }) }
    : { ...traits, fileName: body.file_name ?? '', bytes: Buffer.from(body.content ?? '', 'base64') }
}
