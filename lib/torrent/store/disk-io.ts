import * as fs from 'node:fs'

/** The file operations that piece bytes go through; a spec gives one that fails. Errors are Node's own, with their `code`. */
export interface DiskIo {
  /** Makes the file anew with these bytes and returns its descriptor, open for reading. Leaves no descriptor when it fails. */
  create(path: string, bytes: Uint8Array): Promise<number>
  open(path: string): Promise<{ readonly descriptor: number; readonly sizeBytes: number }>
  /** Bytes read, as pread(2): fewer than asked only at the end of the file. */
  read(descriptor: number, target: Uint8Array, lengthBytes: number, offsetBytes: number): Promise<number>
  /** fdatasync(2). */
  sync(descriptor: number): Promise<void>
  close(descriptor: number): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** A file that is not there counts as removed. */
  unlink(path: string): Promise<void>
  makeDirectory(path: string): Promise<void>
}

type Done = (error: NodeJS.ErrnoException | null) => void

const settled = (start: (done: Done) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()))
  })

/**
 * Node's callback functions on plain descriptors: for data in the page cache a 1 MiB read through them costs less than
 * through a FileHandle, and unlike `readSync` a disk that must seek does not hold the event loop.
 */
export const systemDiskIo: DiskIo = {
  async create(path, bytes) {
    const descriptor = await new Promise<number>((resolve, reject) => {
      fs.open(path, 'w+', 0o644, (error, opened) => (error ? reject(error) : resolve(opened)))
    })
    try {
      let written = 0
      while (written < bytes.length) written += await write(descriptor, bytes, written)
    } catch (error) {
      await systemDiskIo.close(descriptor)
      throw error
    }
    return descriptor
  },

  async open(path) {
    const descriptor = await new Promise<number>((resolve, reject) => {
      fs.open(path, 'r', (error, opened) => (error ? reject(error) : resolve(opened)))
    })
    try {
      // An open file's inode is in memory: asking here is cheaper than a turn through the thread pool.
      const sizeBytes = fs.fstatSync(descriptor).size
      return { descriptor, sizeBytes }
    } catch (error) {
      await systemDiskIo.close(descriptor)
      throw error
    }
  },

  read: (descriptor, target, lengthBytes, offsetBytes) =>
    new Promise((resolve, reject) => {
      fs.read(descriptor, target, 0, lengthBytes, offsetBytes, (error, count) =>
        error ? reject(error) : resolve(count),
      )
    }),

  sync: (descriptor) => settled((done) => fs.fdatasync(descriptor, done)),
  close: (descriptor) => settled((done) => fs.close(descriptor, done)),
  rename: (from, to) => settled((done) => fs.rename(from, to, done)),
  unlink: (path) => settled((done) => fs.unlink(path, (error) => done(error?.code === 'ENOENT' ? null : error))),
  makeDirectory: (path) => settled((done) => fs.mkdir(path, { recursive: true }, (error) => done(error))),
}

function write(descriptor: number, bytes: Uint8Array, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(descriptor, bytes, offset, bytes.length - offset, offset, (error, count) =>
      error ? reject(error) : resolve(count),
    )
  })
}

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
