import { webcrypto } from 'node:crypto'
import { type DiskDescriptors, LostFileError } from './disk-descriptors.ts'
import { errorCode } from './disk-io.ts'
import type { DiskPiece } from './disk-piece.ts'
import type { PieceHashes } from './piece-store.ts'

const HASH_BYTES = 20

/**
 * Whether the piece's file still holds what its hash says; hashed on Node's thread pool. A file that is lost or that the
 * disk cannot give is not what it should be either; other errors of the file system are thrown. The piece is not evicted meanwhile.
 */
export async function isIntact(
  piece: DiskPiece,
  descriptors: DiskDescriptors,
  hashes: PieceHashes,
  buffer: Uint8Array<ArrayBuffer> = new Uint8Array(piece.lengthBytes),
): Promise<boolean> {
  piece.users++
  try {
    await descriptors.read(piece, buffer, piece.lengthBytes, 0)
    const hash = Buffer.from(await webcrypto.subtle.digest('SHA-1', buffer.subarray(0, piece.lengthBytes)))
    return hash.equals(hashes.subarray(piece.piece * HASH_BYTES, (piece.piece + 1) * HASH_BYTES))
  } catch (error) {
    if (error instanceof LostFileError || errorCode(error) === 'EIO') return false
    throw error
  } finally {
    piece.users--
  }
}
