import type { CachedAnswer, MetadataCache } from '../domain/metadata.ts'

/** Forgets the answer that was not used for the longest time once it holds `maxAnswers`. */
export class MemoryMetadataCache implements MetadataCache {
  readonly #maxAnswers: number
  readonly #answers = new Map<string, CachedAnswer>()

  constructor(maxAnswers = 500) {
    this.#maxAnswers = maxAnswers
  }

  get(key: string): CachedAnswer | undefined {
    const answer = this.#answers.get(key)
    if (answer) this.#use(key, answer)
    return answer
  }

  put(key: string, answer: CachedAnswer): void {
    this.#use(key, answer)
    if (this.#answers.size <= this.#maxAnswers) return
    const [oldest] = this.#answers.keys()
    if (oldest !== undefined) this.#answers.delete(oldest)
  }

  #use(key: string, answer: CachedAnswer): void {
    this.#answers.delete(key)
    this.#answers.set(key, answer)
  }
}
