/** What message stream encryption throws away of every key stream. */
const SKIPPED_BYTES = 1024

/**
 * RC4 less its first 1024 bytes, as message stream encryption wants it. Node's OpenSSL has it only with its legacy
 * provider, hence this; here it hides traffic from those who sort it, and protects nothing.
 */
export class Rc4 {
  readonly #state = new Uint8Array(256)
  #i = 0
  #j = 0

  constructor(key: Uint8Array) {
    const state = this.#state
    for (let i = 0; i < 256; i++) state[i] = i
    let j = 0
    for (let i = 0; i < 256; i++) {
      const a = state[i] ?? 0
      j = (j + a + (key[i % key.length] ?? 0)) & 255
      state[i] = state[j] ?? 0
      state[j] = a
    }
    const skipped = new Uint8Array(SKIPPED_BYTES)
    this.apply(skipped, skipped)
  }

  /** The next bytes of the stream: encrypts or decrypts `source` into `target` of the same length, which may be itself. */
  apply(source: Uint8Array, target: Uint8Array): void {
    const state = this.#state
    let i = this.#i
    let j = this.#j
    for (let at = 0; at < source.length; at++) {
      i = (i + 1) & 255
      const a = state[i] ?? 0
      j = (j + a) & 255
      const b = state[j] ?? 0
      state[i] = b
      state[j] = a
      target[at] = (source[at] ?? 0) ^ (state[(a + b) & 255] ?? 0)
    }
    this.#i = i
    this.#j = j
  }
}
