import { z } from 'zod'
import { Bytes, base64, Count, exactlyOne, FileId, Instant, nullableText, text } from './common.ts'

// Subtitles of films and episodes: those of their torrents, and those that a person chose or brought.

/** Base64 of the largest text that is taken, or of an archive with it. */
export const SUBTITLE_BODY_MAX_BYTES = 8 * 1024 * 1024

const LANGUAGE = '[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}'
const Language = z.string().regex(new RegExp(`^${LANGUAGE}$`), 'must be a language tag: en, pt-BR')
const LANGUAGES_MAX = 20

export const SubtitlesQuery = z.strictObject({
  languages: z
    .string()
    .regex(new RegExp(`^${LANGUAGE}(?:,${LANGUAGE}){0,${LANGUAGES_MAX - 1}}$`), 'must be language tags: en,pt-BR')
    .optional()
    .describe('Else those of SUBTITLE_LANGUAGES.'),
})

const traits = {
  language: nullableText.describe('BCP 47: en, pt-BR, zh-Hans.'),
  is_forced: z.boolean(),
  is_hearing_impaired: z.boolean(),
  is_commentary: z.boolean(),
}

export const SubtitleJson = z
  .strictObject({
    id: Count.nullable().describe('Null for one of the torrent, which stays as long as that does.'),
    source: z.enum(['torrent', 'opensubtitles', 'upload']),
    ...traits,
    format: z.string().describe('srt, vtt, ass, …'),
    size: Bytes,
    file_id: FileId.nullable().describe('Of one of the torrent.'),
    file_path: nullableText.describe('Of one of the torrent.'),
    release_name: nullableText,
    added_at: Instant.nullable(),
  })
  .meta({ id: 'Subtitle' })
export const SubtitlesAnswer = z.strictObject({ subtitles: z.array(SubtitleJson) })

const FoundJson = z
  .strictObject({
    file_id: z.string().describe('What a download takes.'),
    matched_by: z.enum(['hash', 'id', 'name']).describe('The surest first: for this very file, this film, its title.'),
    ...traits,
    release_name: nullableText,
    file_name: nullableText,
    downloads: Count,
    fps: z.number().nullable(),
    is_trusted: z.boolean(),
    is_machine_translated: z.boolean(),
  })
  .meta({ id: 'FoundSubtitle' })
export const FoundSubtitlesAnswer = z.strictObject({ subtitles: z.array(FoundJson) })

export const AddSubtitleBody = exactlyOne(
  z.strictObject({
    file_id: text(100).optional().describe('Of a search: it is downloaded.'),
    content: base64(SUBTITLE_BODY_MAX_BYTES)
      .describe('A subtitle of your own, or a gzip or ZIP file with it.')
      .optional(),
    file_name: text(255).optional().describe('Of the content; its language is read from it.'),
    release_name: text(500).optional(),
    language: Language.optional(),
    is_forced: z.boolean().optional(),
    is_hearing_impaired: z.boolean().optional(),
    is_commentary: z.boolean().optional(),
  }),
  'file_id',
  'content',
)
  .refine((body) => body.content === undefined || body.file_name !== undefined, 'content needs file_name')
  .refine((body) => body.content !== undefined || body.file_name === undefined, 'file_name is of content')
  .refine((body) => body.content === undefined || body.release_name === undefined, 'release_name is of a download')
