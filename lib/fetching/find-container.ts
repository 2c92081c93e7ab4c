import type { ContainerInfo, ContainerStore } from '../domain/container.ts'
import type { FileKey } from '../domain/curation.ts'
import { AppError } from '../domain/errors.ts'
import type { PieceRange, TorrentFile } from '../domain/piece-layout.ts'
import type { ByteRange } from '../domain/ranges.ts'
import type { Torrent } from '../domain/torrent.ts'
import type { FetchSession } from './fetch-session.ts'
import { piecesOf } from './file-ends.ts'

export interface ContainerSources {
  readonly containers: ContainerStore
  /** Reads a container; tells of each range before it waits for its bytes. */
  readonly detect: (
    torrent: Torrent,
    file: TorrentFile,
    want: (range: ByteRange) => void,
    signal: AbortSignal,
  ) => Promise<ContainerInfo>
}

/**
 * By the store, or by a look at the file, which the session wants the pieces for. Undefined when the look would take
 * pieces that are not allowed. Fails as `detect` does, or with the session's reason.
 */
export async function findContainer(
  { containers, detect }: ContainerSources,
  session: FetchSession,
  key: FileKey,
  file: TorrentFile,
  allows: (pieces: readonly PieceRange[]) => boolean,
): Promise<ContainerInfo | undefined> {
  const known = containers.loadContainer(key)
  if (known) return known
  const looking = new AbortController()
  const onAbort = () => looking.abort(session.signal.reason)
  session.signal.addEventListener('abort', onAbort, { once: true })
  const want = (range: ByteRange): void => {
    const pieces = piecesOf(session.torrent.info.layout, file, [range])
    if (allows(pieces)) session.want(pieces)
    else looking.abort(new AppError('range', 'beyond what is fetched unasked'))
  }
  try {
    session.signal.throwIfAborted()
    const container = await detect(session.torrent, file, want, looking.signal)
    containers.saveContainer(key, container)
    return container
  } catch (error) {
    if (looking.signal.aborted && !session.signal.aborted) return undefined
    throw error
  } finally {
    session.signal.removeEventListener('abort', onAbort)
  }
}
