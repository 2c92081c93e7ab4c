import { execFile } from 'node:child_process'
import type { BenchSwarm } from './swarm.ts'
import type { Figures } from './viewing.ts'

/** The first bytes of the torrent in the order of the film, to disk, with nothing around it; once a piece's worth of it came. */
const DOWNLOAD = `
import libtorrent, sys, time
metadata, directory, total, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
session = libtorrent.session({'listen_interfaces': '127.0.0.1:0', 'enable_dht': False, 'enable_lsd': False,
  'enable_upnp': False, 'enable_natpmp': False, 'allow_multiple_connections_per_ip': True})
info = libtorrent.torrent_info(metadata)
handle = session.add_torrent({'ti': info, 'save_path': directory, 'flags': libtorrent.torrent_flags.sequential_download})
pieces = -(-total // info.piece_length())
handle.prioritize_pieces([4 if piece < pieces else 0 for piece in range(info.num_pieces())])
until, first, received = time.monotonic() + limit, None, 0
while time.monotonic() < until:
  status = handle.status()
  received = status.total_payload_download
  if first is None and received >= info.piece_length(): first, before = time.monotonic(), received
  if status.num_pieces >= pieces: break
  time.sleep(0.002)
print((received - before) / 1e6 / (time.monotonic() - first) if first else 0)
`

const LIMIT_S = 10

/** Megabytes a second by libtorrent alone; as fast as a player over it can be. */
export async function libtorrentDownload(swarm: BenchSwarm, directory: string, totalBytes: number): Promise<Figures> {
  const args = ['-c', DOWNLOAD, swarm.metadataPath, directory, `${totalBytes}`, `${LIMIT_S}`]
  const output = await new Promise<string>((resolve, reject) => {
    execFile('/usr/bin/python3', args, { timeout: (LIMIT_S + 10) * 1000 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    )
  })
  return { linearMbPerS: Number(output) }
}
