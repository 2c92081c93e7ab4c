import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { AppError } from '../domain/errors.ts'

const SECRET_BYTES = 32

/**
 * The secret of this installation, made at its first start: readable by its owner only, whole or not there. Fails with
 * `invalid` when the file is not what this wrote, or cannot be read.
 */
export async function linkSecret(path: string): Promise<Uint8Array> {
  const known = await read(path)
  if (known) return known
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(draft, randomBytes(SECRET_BYTES), { mode: 0o600, flush: true })
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error // another process was first: its secret counts
    })
  } catch (error) {
    throw new AppError('invalid', `${path} cannot be written: ${(error as Error).message}`, error)
  } finally {
    await rm(draft, { force: true })
  }
  const made = await read(path)
  if (!made) throw new AppError('invalid', `${path} went away`)
  return made
}

async function read(path: string): Promise<Uint8Array | undefined> {
  let secret: Buffer
  try {
    secret = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new AppError('invalid', `${path} cannot be read: ${(error as Error).message}`, error)
  }
  if (secret.length !== SECRET_BYTES) throw new AppError('invalid', `${path} is damaged: delete it, and start again`)
  return secret
}
