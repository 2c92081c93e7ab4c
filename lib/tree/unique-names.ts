import { foldName } from '../domain/legal-name.ts'

/** The names of one directory, given out first come, first served, so that an earlier item keeps its own when others come. */
export class UniqueNames {
  readonly #taken = new Set<string>()
  /** The next number to try, so that a thousand equal names cost a thousand tries. */
  readonly #nextNumbers = new Map<string, number>()

  /** The first free one of the candidates, else the first with ` (2)`, ` (3)` … before its extension. */
  claim(stems: readonly [string, ...string[]], extension = ''): string {
    return this.#claim(stems, extension, false) + extension
  }

  /** As `claim`, with the stem free too: sidecars of two files never share theirs. Returns the stem. */
  claimStem(stems: readonly [string, ...string[]], extension: string): string {
    return this.#claim(stems, extension, true)
  }

  /** Takes a name by its `foldName`; false when it is taken. */
  take(key: string): boolean {
    if (this.#taken.has(key)) return false
    this.#taken.add(key)
    return true
  }

  /** Takes a stem with each of these extensions; false, and none is taken, when one of them is. */
  takeAll(stem: string, extensions: readonly string[]): boolean {
    const keys = extensions.map((extension) => foldName(stem) + extension.toUpperCase())
    if (keys.some((key) => this.#taken.has(key))) return false
    for (const key of keys) this.#taken.add(key)
    return true
  }

  #claim(stems: readonly [string, ...string[]], extension: string, isStemOwned: boolean): string {
    for (const stem of stems) if (this.#take(stem, extension, isStemOwned)) return stem
    const key = foldName(stems[0]) + extension
    for (let number = this.#nextNumbers.get(key) ?? 2; ; number++) {
      const numbered = `${stems[0]} (${number})`
      if (!this.#take(numbered, extension, isStemOwned)) continue
      this.#nextNumbers.set(key, number + 1)
      return numbered
    }
  }

  #take(stem: string, extension: string, isStemOwned: boolean): boolean {
    const stemKey = foldName(stem)
    const nameKey = stemKey + extension.toUpperCase()
    if (this.#taken.has(nameKey) || (isStemOwned && this.#taken.has(stemKey))) return false
    this.#taken.add(nameKey)
    if (isStemOwned) this.#taken.add(stemKey)
    return true
  }
}
