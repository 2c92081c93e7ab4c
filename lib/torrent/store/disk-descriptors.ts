import { type DiskIo, errorCode } from './disk-io.ts'

/** What a descriptor belongs to, by identity. */
export interface DescriptorOwner {
  readonly path: string
  readonly lengthBytes: number
  /** While the file gets another name. */
  readonly moving: Promise<void> | undefined
}

interface Descriptor {
  readonly descriptor: number
  users: number
  forgotten: boolean
}

/** A file is not as it was written: it was cut, grew or is gone. */
export class LostFileError extends Error {
  override readonly name = 'LostFileError'
}

/** Open descriptors of pieces, at most `limit` of them idle; the longest unused is closed first. */
export class DiskDescriptors {
  readonly #io: DiskIo
  readonly #limit: number
  /** In the order of use: a Map keeps insertion order. */
  readonly #cached = new Map<DescriptorOwner, Descriptor>()
  readonly #opening = new Map<DescriptorOwner, Promise<void>>()
  readonly #closing = new Set<Promise<void>>()

  constructor(io: DiskIo, limit: number) {
    this.#io = io
    this.#limit = limit
  }

  /** Takes a descriptor that is open already and holds exactly the owner's bytes. */
  adopt(owner: DescriptorOwner, descriptor: number): void {
    this.forget(owner)
    this.#keep(owner, { descriptor, users: 0, forgotten: false })
  }

  /**
   * Reads at most the owner's bytes into the first `lengthBytes` of `target`. Throws LostFileError when the file is gone
   * or of another size, else the file system's error.
   */
  async read(owner: DescriptorOwner, target: Uint8Array, lengthBytes: number, offsetBytes: number): Promise<void> {
    const cached = this.#use(owner) ?? (await this.#useOpened(owner))
    try {
      const count = await this.#io.read(cached.descriptor, target, lengthBytes, offsetBytes)
      if (count !== lengthBytes) throw new LostFileError(`short read of ${owner.path}`)
    } finally {
      this.#release(owner, cached)
    }
  }

  /** Makes the owner's bytes durable. As `read` in its errors. */
  async sync(owner: DescriptorOwner): Promise<void> {
    const cached = this.#use(owner) ?? (await this.#useOpened(owner))
    try {
      await this.#io.sync(cached.descriptor)
    } finally {
      this.#release(owner, cached)
    }
  }

  /** Closes the owner's descriptor once nothing uses it. */
  forget(owner: DescriptorOwner): void {
    const cached = this.#cached.get(owner)
    if (!cached) return
    this.#cached.delete(owner)
    cached.forgotten = true
    if (cached.users === 0) this.#close(cached)
  }

  /** Closes all, and waits for it. */
  async close(): Promise<void> {
    for (const owner of [...this.#cached.keys()]) this.forget(owner)
    while (this.#closing.size > 0) await Promise.all(this.#closing)
  }

  #use(owner: DescriptorOwner): Descriptor | undefined {
    const cached = this.#cached.get(owner)
    if (cached) cached.users++
    return cached
  }

  /** Others may push a fresh descriptor out before its opener's turn comes: then it is opened again. */
  async #useOpened(owner: DescriptorOwner): Promise<Descriptor> {
    for (;;) {
      await this.#open(owner)
      const cached = this.#use(owner)
      if (cached) return cached
    }
  }

  #open(owner: DescriptorOwner): Promise<void> {
    const running = this.#opening.get(owner)
    if (running) return running
    const opening = this.#openNew(owner).finally(() => this.#opening.delete(owner))
    this.#opening.set(owner, opening)
    return opening
  }

  async #openNew(owner: DescriptorOwner): Promise<void> {
    const opened = await this.#openFile(owner)
    const cached: Descriptor = { descriptor: opened.descriptor, users: 0, forgotten: false }
    if (opened.sizeBytes !== owner.lengthBytes) {
      this.#close(cached)
      throw new LostFileError(`${opened.sizeBytes} bytes instead of ${owner.lengthBytes}: ${owner.path}`)
    }
    this.#keep(owner, cached)
  }

  async #openFile(owner: DescriptorOwner): ReturnType<DiskIo['open']> {
    const { path } = owner
    try {
      return await this.#io.open(path)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EMFILE' || code === 'ENFILE') {
        await this.close() // the process ran out of descriptors: ours are a convenience
        return await this.#io.open(owner.path)
      }
      if (code !== 'ENOENT') throw error
      await owner.moving
      if (owner.path === path) throw new LostFileError(`gone: ${path}`)
      return await this.#io.open(owner.path)
    }
  }

  #keep(owner: DescriptorOwner, cached: Descriptor): void {
    this.#cached.set(owner, cached)
    if (this.#cached.size <= this.#limit) return
    for (const [oldest] of this.#cached) {
      if (oldest !== owner) {
        this.forget(oldest)
        return
      }
    }
  }

  #release(owner: DescriptorOwner, cached: Descriptor): void {
    cached.users--
    if (!cached.forgotten) {
      this.#cached.delete(owner)
      this.#cached.set(owner, cached)
    } else if (cached.users === 0) this.#close(cached)
  }

  /** An error of close(2) says nothing about bytes already read or synced. */
  #close(cached: Descriptor): void {
    const closing: Promise<void> = this.#io
      .close(cached.descriptor)
      .catch(() => {})
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}
