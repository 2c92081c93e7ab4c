import type { Numbering, Reading } from './numbering.ts'

const WHOLE_SERIES =
  /(?<![\p{L}\p{N}])(?:(?:the[ ._])?complete[ ._](?:tv[ ._])?(?:series|seasons|show)|tv[ ._]series|tv[ ]?\+[ ]?(?:sp|ova|oad|movie)s?|(?:(?:the[ ._])?complete[ ._-])?mini[ ._-]?series(?:[ ._]complete)?|(?:la[ ._])?serie[ ._]completa|(?:die[ ._])?komplette[ ._]serie|s[ée]rie[ ._](?:compl[eè]te|int[ée]grale))(?![\p{L}\p{N}])|[[(]complete[\])]|全\d{0,3}[集话話回]|合集/iu
/** `Show.2006.COMPLETE.1080p`, `Show.COMPLETE.PL.DVDRip`; `COMPLETE.BLURAY` is a disc. */
const COMPLETE =
  /(?<=[ ._)\]])(?:complete|int[ée]grale|completa)(?=[ ._](?:(?!blu|uhd|pal|ntsc)[a-z]{2,8}[ ._])?(?:\d{3,4}[pi](?!\d)|web|hdtv|(?:dvd|bd|br)rip|xvid)|[ ._]\d{1,3}[ ._]ep)/i
const WHOLE_OF_GROUP =
  /(?:[[(]|[ _-]{1,3})(?:batch|fin|complete|vol(?:ume)?[ ._]{0,2}\d{1,2}(?:[ _](?:end|fin))?|(?<=[[(])tv)(?=[ _]{0,2}(?:[\])]|[[(]|$))/i

/** `Show (Complete Series)`, `[Group] Show [Fin]`: all of a show, with no number. */
export function readWholeSeries({ text, isVideo, hasGroup, titleStart }: Reading): Numbering | undefined {
  const match = isVideo
    ? null
    : (WHOLE_SERIES.exec(text) ?? COMPLETE.exec(text) ?? (hasGroup ? WHOLE_OF_GROUP.exec(text) : null))
  if (!match || match.index <= titleStart) return undefined
  const { index: start } = match
  return {
    rule: 'pack',
    start,
    end: start + match[0].length,
    season: null,
    episodes: [],
    absolute: [],
    confidence: 0.6,
  }
}
