/** The first segment of every signed link's path. */
export const PLAY_SEGMENT = '.play'

/** Links to one file each that a player opens without a login, for some hours. */
export interface PlayLinks {
  /**
   * The absolute, percent-encoded path on the drive under which the file at `segments` (decoded names from the root) is
   * served until then.
   */
  sign(segments: readonly string[], expiresAtMs: number): string
  /**
   * The file that a request for these decoded segments is allowed to read; undefined when it is no link, altered, or too
   * late. In constant time with regard to the signature.
   */
  verify(segments: readonly string[]): readonly string[] | undefined
}
