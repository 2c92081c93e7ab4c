import { deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  readonly name: string
  readonly bytes: Buffer
  readonly isStored?: boolean
  readonly isEncrypted?: boolean
  /** What the directory says instead of the truth. */
  readonly claimedBytes?: number
}

/** A ZIP archive (APPNOTE.TXT). Checksums are left 0. */
export function makeZip(entries: readonly ZipEntry[], comment = ''): Buffer {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, bytes, isStored = false, isEncrypted = false, claimedBytes = bytes.length } of entries) {
    const packed = isStored ? bytes : deflateRawSync(bytes)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(isStored ? 0 : 8, 8)
    local.writeUInt32LE(packed.length, 18)
    local.writeUInt32LE(claimedBytes, 22)
    local.writeUInt16LE(Buffer.byteLength(name), 26)
    files.push(local, Buffer.from(name), packed)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(isEncrypted ? 1 : 0, 8)
    central.writeUInt16LE(isStored ? 0 : 8, 10)
    central.writeUInt32LE(packed.length, 20)
    central.writeUInt32LE(claimedBytes, 24)
    central.writeUInt16LE(Buffer.byteLength(name), 28)
    central.writeUInt32LE(offset, 42)
    directory.push(central, Buffer.from(name))
    offset += local.length + Buffer.byteLength(name) + packed.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(offset, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...files, ...directory, end, Buffer.from(comment)])
}
