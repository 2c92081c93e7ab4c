import { z } from 'zod'

/*
 * Answers of the OpenSubtitles REST API, version 1, as far as they are used. What is not asked for is left out, and what is
 * missing is null: the service leaves out what it does not know.
 */

const text = z.string().nullish().catch(null)
const flag = z.boolean().nullish().catch(null)
const number = z.number().nullish().catch(null)

export const LoginAnswer = z.object({ token: z.string().min(1), base_url: text })

export const SubtitleEntry = z.object({
  attributes: z.object({
    language: text,
    download_count: number,
    hearing_impaired: flag,
    foreign_parts_only: flag,
    from_trusted: flag,
    ai_translated: flag,
    machine_translated: flag,
    moviehash_match: flag,
    fps: number,
    release: text,
    feature_details: z.object({ year: number, season_number: number, episode_number: number }).nullish().catch(null),
    files: z.array(z.object({ file_id: z.number().int().positive(), file_name: text })).min(1),
  }),
})
export type SubtitleEntry = z.infer<typeof SubtitleEntry>

/** Entries are looked at one by one: a damaged one hides no other. */
export const SearchAnswer = z.object({
  data: z.array(z.unknown()),
  total_pages: z.number().int().min(0).catch(1),
})
export type SearchAnswer = z.infer<typeof SearchAnswer>

export const DownloadAnswer = z.object({ link: z.string(), file_name: text, remaining: number })
export type DownloadAnswer = z.infer<typeof DownloadAnswer>

/** Of a refusal; most have no more than a message. */
export const Refusal = z.object({ message: text, remaining: number, reset_time_utc: text })
export type Refusal = z.infer<typeof Refusal>
