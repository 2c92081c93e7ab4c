const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** Shown over two columns: emoji, and the wide blocks of Unicode Standard Annex 11. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u
const ASCII = /^[\x20-\x7e]*$/

function clusterWidth(cluster: string): number {
  if (/^[\p{M}\p{Cf}]+$/u.test(cluster)) return 0
  return WIDE.test(cluster) ? 2 : 1
}

/** Columns that a terminal gives to `text`. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += clusterWidth(segment)
  return width
}

/** `text` cut to `maxWidth` columns, its end shown as an ellipsis when it was. */
export function cutText(text: string, maxWidth: number): string {
  if (textWidth(text) <= maxWidth) return text
  let cut = ''
  let width = 1 // the ellipsis
  for (const { segment } of segmenter.segment(text)) {
    width += clusterWidth(segment)
    if (width > maxWidth) break
    cut += segment
  }
  return `${cut}…`
}

/** Names come from strangers: nothing in them may steer the terminal or turn the line around. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '\ufffd')
