import type { StreamDetails } from '../../domain/metadata.ts'

/** One stream as its container tells of it. */
export interface FoundStream {
  kind?: 'video' | 'audio' | 'subtitle'
  codec?: string
  language?: string | null
  width?: number
  height?: number
  hdr?: string | null
  channels?: number
}

/** No file makes us tell of more. */
export const MAX_STREAMS = 64

/** Null when there is neither picture nor sound. Covers and other attachments that pose as video are the caller's part. */
export function streamDetails(streams: readonly FoundStream[], durationSeconds: number | null): StreamDetails | null {
  const told = streams.slice(0, MAX_STREAMS)
  const video = told
    .filter(({ kind }) => kind === 'video')
    .map(({ codec, width, height, hdr }) => ({
      codec: codec ?? 'unknown',
      width: positive(width),
      height: positive(height),
      hdr: hdr ?? null,
    }))
  const audio = told
    .filter(({ kind }) => kind === 'audio')
    .map(({ codec, language, channels }) => ({
      codec: codec ?? 'unknown',
      language: language ?? null,
      channels: positive(channels),
    }))
  const subtitles = told
    .filter(({ kind }) => kind === 'subtitle')
    .map(({ language }) => ({ language: language ?? 'und' }))
  return video.length + audio.length > 0 ? { durationSeconds, video, audio, subtitles } : null
}

const positive = (value: number | undefined): number | null => (value !== undefined && value > 0 ? value : null)

/** Three letters of ISO 639-2; null for `und` and all that is none. */
export function language639(text: string): string | null {
  const code = /^[a-z]{3}(?![a-z])/i.exec(text)?.[0].toLowerCase()
  return code === undefined || code === 'und' ? null : code
}
