import fc from 'fast-check'

/** Written apart from the code: what Windows, macOS, XML and URLs refuse in a name. */
export function faultOf(name: string): string | undefined {
  if (name === '') return 'empty'
  if (Buffer.byteLength(name) > 255) return 'longer than 255 bytes'
  if (name !== name.normalize('NFC')) return 'not NFC'
  if (/[<>:"/\\|?*]/.test(name)) return 'a character that Windows refuses'
  if (/^[. ]|[. ]$/.test(name)) return 'a dot or space at an end'
  if (/^(con|prn|aux|nul|com\d|lpt\d|com[¹²³]|lpt[¹²³]|conin\$|conout\$) *(\..*)?$/i.test(name)) return 'a device name'
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 'a control character'
    if (code >= 0xd800 && code < 0xe000) return 'a lone surrogate'
    if ((code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef)) return 'a noncharacter'
    if ([0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff].includes(code)) return 'an invisible character'
    if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) return 'a bidi control'
  }
  return undefined
}

/** Texts with many of the characters that matter. */
export const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        ...[
          'a',
          'B',
          ' ',
          '.',
          '/',
          '\\',
          ':',
          '?',
          '"',
          '<',
          '*',
          '#',
          '%',
          '&',
          '\0',
          '\t',
          '\u202E',
          '\uFFFE',
          '\uD800',
        ],
        ...['é', 'e\u0301', '\u0301', 'ß', 'ſ', '👨‍👩‍👧', '한글', 'CON', 'nul', '~', '(2)', '\uFEFF', '\u200D', '😀'],
      ),
      { maxLength: 120 },
    )
    .map((parts) => parts.join('')),
)
