import { readFileSync } from 'node:fs'
import { type FilesTorrent, makeFilesTorrent } from '../support/files-torrent.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { newDirectory, removeDirectory, run, Service } from './service.ts'

export const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

/** 40 s of pictures and sound, its index at the end. */
export const FILM = 'Movies/Moov Last (2022)/Moov Last (2022).mp4'
export const EPISODES = [1, 2, 3].map((episode) => `TV Shows/Colour Bars/Season 01/Colour Bars - S01E0${episode}.mkv`)

/** The program, and a peer for each of its torrents: a film and a season that real players can play. */
export class Drive {
  readonly service: Service
  readonly #peers: readonly ScriptedPeer[]
  readonly #dataDir: string

  private constructor(service: Service, peers: readonly ScriptedPeer[], dataDir: string) {
    this.service = service
    this.#peers = peers
    this.#dataDir = dataDir
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Drive> {
    const torrents: readonly FilesTorrent[] = [
      makeFilesTorrent(
        'Moov.Last.2022.720p.WEB-DL-DEMO',
        [{ path: 'Moov.Last.2022.720p.WEB-DL-DEMO.mp4', bytes: fixture('film.mp4') }],
        32_768,
      ),
      makeFilesTorrent(
        'Colour.Bars.S01.720p-DEMO',
        [1, 2, 3].map((episode) => ({
          path: `Colour.Bars.S01E0${episode}.720p-DEMO.mkv`,
          bytes: fixture(`episode-${episode}.mkv`),
        })),
        32_768,
      ),
    ]
    const dataDir = newDirectory('drive')
    const service = await Service.start(dataDir, settings)
    const peers: ScriptedPeer[] = []
    for (const torrent of torrents) {
      const peer = await ScriptedPeer.listen({ torrent })
      peers.push(peer)
      await service.addMagnet(torrent.magnetTo(peer.address))
    }
    return new Drive(service, peers, dataDir)
  }

  /** The exit code of the program. */
  async close(): Promise<number | null> {
    const code = await this.service.close()
    for (const peer of this.#peers) await peer.close()
    removeDirectory(this.#dataDir)
    return code
  }
}

/** The first of these programs that is not installed, as a reason to skip a suite. */
export async function missing(...programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    if ((await run('sh', ['-c', 'command -v "$0"', program])).code !== 0) return `${program} is not installed`
  }
  return undefined
}

/** Says why, then skips. */
export function skip(context: Mocha.Context, reason: string): void {
  console.error(`    skipped: ${reason}`)
  context.skip()
}
