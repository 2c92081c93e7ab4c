import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'chai'
import { contentId } from '../../lib/domain/ids.ts'
import { mp4 } from '../stream/containers/boxes.ts'
import { type FilesTorrent, makeFilesTorrent } from '../support/files-torrent.ts'
import { LoopbackSwarm } from '../support/loopback-swarm.ts'
import { until } from '../support/until.ts'
import { Service } from './service.ts'

const KIB = 1024
const MIB = 1024 * KIB
const never = new AbortController().signal
const TORRENTS = 4
const FILES = 10
/** Films of two and a half minutes whose index stands last. */
const FILM = Buffer.from(mp4({ moovAtEnd: true, mdatBytes: 1900 * KIB, moovBytes: 40 * KIB, seconds: 150 }))

describe('the probe pack, over real swarms and the real library', () => {
  let service: Service
  let torrents: readonly FilesTorrent[]

  before(async () => {
    torrents = Array.from({ length: TORRENTS }, (_, t) =>
      makeFilesTorrent(
        `pack ${t}`,
        Array.from({ length: FILES }, (_, f) => ({ path: `film ${f}.mp4`, bytes: FILM })),
        64 * KIB,
      ),
    )
    service = new Service(await LoopbackSwarm.start())
    for (const torrent of torrents) await service.swarm.addPeer({ torrent })
    for (const torrent of torrents) service.add(torrent)
    service.fetcher.start()
    await until(() => service.probed === TORRENTS * FILES, 45_000)
    await until(() => service.activity.counts().active === 0)
  })
  after(() => service.close())

  /** Opens at `start` to the end of the file, reads on as a socket takes it, and leaves when nothing more comes. */
  const scan = async (torrent: FilesTorrent, fileIndex: number, start: number): Promise<number> => {
    const range = { start, end: FILM.length }
    const reader = await service.source.open(contentId(torrent.infoHash, fileIndex), range, never)
    const leaving = new AbortController()
    const target = Buffer.alloc(256 * KIB)
    const isStored = (position: number): boolean => {
      const first = torrent.layout.pieceAt(fileIndex * FILM.length + position)
      return service.swarm.engine.hasPieces(torrent.infoHash, { first, end: first + 1 })
    }
    let at = start
    while (at < FILM.length) {
      const reading = reader.read(target, at, leaving.signal)
      reading.catch(() => {})
      const count = isStored(at) ? await reading : await Promise.race([reading, turn()])
      if (count === undefined) break
      expect(target.subarray(0, count).equals(FILM.subarray(at, at + count))).to.be.true
      at += count
    }
    leaving.abort(new Error('the scanner left'))
    reader.close()
    return at - start
  }

  it('fetches a part of each film, and knows every container', () => {
    for (const torrent of torrents) {
      expect(service.swarm.engine.stored(torrent.infoHash)).to.be.below(FILES * 1.6 * MIB)
      for (let index = 0; index < FILES; index++) {
        const container = service.library.loadContainer({ infoHash: torrent.infoHash, fileIndex: index })
        expect(container).to.deep.include({ format: 'mp4', durationSeconds: 150 })
      }
    }
  })

  it('lets every film be probed without a connection', async () => {
    const before = service.joins
    expect(before).to.be.at.least(TORRENTS)
    for (const torrent of torrents)
      for (let index = 0; index < FILES; index++) {
        expect(await scan(torrent, index, 0)).to.be.within(MIB, FILM.length - 300 * KIB)
        expect(await scan(torrent, index, FILM.length - 40 * KIB)).to.equal(40 * KIB)
        expect(await scan(torrent, index, FILM.length - 256 * KIB)).to.equal(256 * KIB)
      }
    expect(service.joins).to.equal(before)
    expect(service.activity.counts()).to.deep.include({ active: 0, idle: TORRENTS })
    expect(service.swarm.engine.cache().usedBytes).to.be.below(TORRENTS * FILES * 1.6 * MIB)
  })

  it('plays one all the same', async () => {
    const [torrent] = torrents
    const reader = await service.source.open(contentId(torrent!.infoHash, 3), { start: 0, end: FILM.length }, never)
    const film = Buffer.alloc(FILM.length)
    for (let at = 0; at < film.length; ) at += await reader.read(film.subarray(at), at, never)
    expect(film.equals(FILM)).to.be.true
    reader.close()
  })
})
