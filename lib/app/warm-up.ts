import type { Identifier } from '../domain/identify.ts'

const NAMES = ['Film (2020) 1080p.mkv', 'Show.S01E02.1080p.WEB-DL.mkv']

/** What the patterns of names take to compile, some fifty milliseconds, the first torrent would wait for. */
export function warmUp(identifier: Identifier): void {
  for (const path of NAMES) identifier.identifyFiles(path, [{ index: 0, path, sizeBytes: 1e9 }])
}
