const MAX_HOSTS = 10_000

/** Hosts that sent bad data. All their ports count: a peer that comes in has a new one each time. */
export class BanList {
  readonly #hosts = new Set<string>()

  has(host: string): boolean {
    return this.#hosts.has(host)
  }

  /** False when it was banned before. */
  add(host: string): boolean {
    if (this.#hosts.has(host)) return false
    for (const oldest of this.#hosts) {
      if (this.#hosts.size < MAX_HOSTS) break
      this.#hosts.delete(oldest)
    }
    this.#hosts.add(host)
    return true
  }
}
