import type { InfoHash } from '../domain/ids.ts'
import type { ApiServices } from './api-services.ts'

/**
 * Takes a torrent out of the library and off the network: the library first, so that the drive stops showing its files
 * before they stop being readable. Fails with `not_found`.
 */
export async function removeTorrent(
  { writer, activity, fetcher }: Pick<ApiServices, 'writer' | 'activity' | 'fetcher'>,
  infoHash: InfoHash,
  deleteData: boolean,
): Promise<void> {
  writer.deleteTorrent(infoHash)
  fetcher.torrentChanged(infoHash)
  await activity.remove(infoHash, deleteData)
}
