import { expect } from 'chai'

const tables = new Map<string, ReadonlyMap<string, readonly number[]>>()

/** What the platform cannot: text to bytes of a legacy encoding of one or two bytes a character. */
export function encodeLegacy(text: string, encoding: string): Buffer {
  const table = tables.get(encoding) ?? tableOf(encoding)
  tables.set(encoding, table)
  const bytes = Array.from(text, (character) => {
    if (character.charCodeAt(0) < 0x80) return [character.charCodeAt(0)]
    return table.get(character) ?? expect.fail(`${encoding} has no ${character}`)
  })
  return Buffer.from(bytes.flat())
}

function tableOf(encoding: string): Map<string, readonly number[]> {
  const table = new Map<string, readonly number[]>()
  const decoder = new TextDecoder(encoding)
  const learn = (...bytes: number[]): void => {
    const text = decoder.decode(Uint8Array.from(bytes))
    if (Array.from(text).length === 1 && text !== '\ufffd' && !table.has(text)) table.set(text, bytes)
  }
  for (let first = 0x80; first < 0x100; first++) learn(first)
  for (let first = 0x80; first < 0x100; first++) {
    for (let second = 0x40; second < 0x100; second++) learn(first, second)
  }
  if (encoding === 'windows-1252') {
    // By the Encoding Standard; the platform's decoder gives control characters here.
    for (const [character, byte] of [
      ['’', 0x92],
      ['“', 0x93],
      ['”', 0x94],
      ['–', 0x96],
      ['…', 0x85],
      ['œ', 0x9c],
      ['€', 0x80],
    ] as const) {
      table.set(character, [byte])
    }
  }
  return table
}
