import { expect } from 'chai'
import fc from 'fast-check'
import { PieceLayout, type TorrentFile } from '../../lib/domain/piece-layout.ts'
import type { PieceWindow } from '../../lib/domain/torrent.ts'
import {
  indexPieces,
  isProbe,
  type ReadState,
  sameWindows,
  snappedBytes,
  spanBytes,
  stableBytes,
  type WindowOptions,
  windows,
} from '../../lib/stream/windows.ts'

const MIB = 1024 * 1024
const SETTINGS: WindowOptions = {
  headerBytes: 10 * MIB,
  footerBytes: 5 * MIB,
  urgentBytes: 8 * MIB,
  readAheadBytes: 32 * MIB,
}
const film: TorrentFile = { index: 0, path: 'film.mkv', sizeBytes: 700 * MIB, offsetBytes: 0, isPad: false }
const layout = new PieceLayout(MIB, 700 * MIB)

const at = (positionMib: number, sequentialMib = 0, index: ReadState['index'] = []): ReadState => ({
  positionBytes: positionMib * MIB,
  endBytes: film.sizeBytes,
  sequentialBytes: sequentialMib * MIB,
  bytesPerSecond: undefined,
  index,
  seekPoints: [],
})
const show = (list: readonly PieceWindow[]): string[] =>
  list.map(({ first, end, priority }) => `${priority} ${first}-${end}`)

describe('windows', () => {
  it('wants header and footer as index, and a first MiB at the position, when a film is opened', () => {
    const index = indexPieces(layout, film, [], SETTINGS)
    expect(show(windows(layout, film, at(0, 0, index), SETTINGS))).to.deep.equal([
      'urgent 0-1',
      'index 1-10',
      'index 695-700',
    ])
  })

  it('doubles with sequential reading up to urgent and read-ahead', () => {
    expect([0, 1, 2, 4, 8, 16, 32, 64, 600].map((read) => spanBytes(at(0, read), SETTINGS) / MIB)).to.deep.equal([
      1, 2, 4, 8, 16, 32, 40, 40, 40,
    ])
    expect(show(windows(layout, film, at(100, 100), SETTINGS))).to.deep.equal(['urgent 100-108', 'ahead 108-140'])
  })

  it('reads ahead in seconds of the film where its rate is known', () => {
    const slow = { ...at(0, 600), bytesPerSecond: MIB / 4 }
    expect(spanBytes(slow, SETTINGS)).to.equal(15 * MIB)
    const fast = { ...at(0), bytesPerSecond: 10 * MIB }
    expect(spanBytes(fast, SETTINGS)).to.equal(4 * MIB)
  })

  describe('after a seek', () => {
    const seek = (mib: number, sequentialMib = 0): ReadState => ({
      ...at(mib, sequentialMib),
      seekPoints: [10 * MIB, 98 * MIB, 103 * MIB, 200 * MIB],
    })

    it('want the cluster that holds the position, what is read first at first', () => {
      expect(show(windows(layout, film, seek(100), SETTINGS))).to.deep.equal(['urgent 100-101', 'urgent 98-100'])
    })

    it('keep it while the first span is read, and leave it then', () => {
      expect(snappedBytes(seek(100.5, 0.5))).to.equal(98 * MIB)
      expect(show(windows(layout, film, seek(101, 1), SETTINGS))).to.deep.equal(['urgent 101-103'])
    })

    it('let a cluster alone that begins far before, and one that begins after', () => {
      expect(show(windows(layout, film, seek(150), SETTINGS))).to.deep.equal(['urgent 150-151'])
      expect(show(windows(layout, film, seek(5), SETTINGS))).to.deep.equal(['urgent 5-6'])
    })

    it('want nothing twice where cluster and index meet', () => {
      const index = indexPieces(layout, film, [{ start: 97 * MIB, end: 104 * MIB }], SETTINGS)
      expect(show(windows(layout, film, { ...seek(100), index }, SETTINGS))).to.deep.equal([
        'urgent 100-101',
        'urgent 98-100',
        'index 0-10',
        'index 97-98',
        'index 101-104',
        'index 695-700',
      ])
    })
  })

  it('adds the container’s index wherever it is', () => {
    const index = indexPieces(layout, film, [{ start: 300 * MIB + 5, end: 302 * MIB + 7 }], SETTINGS)
    expect(show(windows(layout, film, at(0, 0, index), SETTINGS))).to.include('index 300-303')
  })

  it('wants only itself for a small bounded range', () => {
    const range = { start: 50 * MIB, end: 50 * MIB + 65_536 }
    expect(isProbe(range, film.sizeBytes)).to.be.true
    expect(isProbe({ start: 0, end: film.sizeBytes }, film.sizeBytes)).to.be.false
    const state = { ...at(50), endBytes: range.end }
    expect(show(windows(layout, film, state, SETTINGS))).to.deep.equal(['urgent 50-51'])
  })

  it('wants the pieces that a file shares with its neighbours', () => {
    const inner = { ...film, offsetBytes: 100, sizeBytes: 2 * MIB }
    const wanted = windows(layout, inner, { ...at(0), endBytes: inner.sizeBytes }, SETTINGS)
    expect(show(wanted)).to.deep.equal(['urgent 0-2'])
  })

  it('wants nothing at the end of an empty file', () => {
    expect(windows(layout, { ...film, sizeBytes: 0 }, { ...at(0), endBytes: 0 }, SETTINGS)).to.deep.equal([])
  })

  const cases = fc
    .record({
      pieceBytes: fc.integer({ min: 1, max: 5000 }),
      before: fc.nat(20_000),
      sizeBytes: fc.nat(60_000),
      after: fc.integer({ min: 1, max: 20_000 }),
      options: fc.record({
        headerBytes: fc.nat(9000),
        footerBytes: fc.nat(9000),
        urgentBytes: fc.integer({ min: 1, max: 9000 }),
        readAheadBytes: fc.nat(9000),
      }),
      position: fc.nat(70_000),
      end: fc.nat(70_000),
      sequentialBytes: fc.nat(50_000),
      bytesPerSecond: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
      seekPoints: fc.array(fc.nat(70_000), { maxLength: 20 }),
      container: fc.array(fc.record({ start: fc.nat(70_000), end: fc.nat(70_000) }), { maxLength: 4 }),
    })
    .map((raw) => {
      const file = { index: 0, path: 'f', sizeBytes: raw.sizeBytes, offsetBytes: raw.before, isPad: false }
      const own = new PieceLayout(raw.pieceBytes, raw.before + raw.sizeBytes + raw.after)
      const state: ReadState = {
        positionBytes: Math.min(raw.position, raw.sizeBytes),
        endBytes: Math.min(raw.end, raw.sizeBytes),
        sequentialBytes: raw.sequentialBytes,
        bytesPerSecond: raw.bytesPerSecond,
        index: indexPieces(own, file, raw.container, raw.options),
        seekPoints: raw.seekPoints.toSorted((a, b) => a - b),
      }
      return { layout: own, file, state, options: raw.options }
    })

  it('puts no piece in two windows, none outside the file, and merges neighbours', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const wanted = windows(given.layout, given.file, given.state, given.options)
        const own = given.layout.piecesOf({
          start: given.file.offsetBytes,
          end: given.file.offsetBytes + given.file.sizeBytes,
        })
        const seen = new Set<number>()
        wanted.forEach((window, i) => {
          expect(window.end).to.be.above(window.first)
          expect(window.first).to.be.at.least(own.first)
          expect(window.end).to.be.at.most(own.end)
          for (let piece = window.first; piece < window.end; piece++) {
            expect(seen.has(piece)).to.be.false
            seen.add(piece)
          }
          const before = wanted[i - 1]
          if (before?.priority !== window.priority) return
          // The second urgent window is the cluster's part before the first.
          if (window.priority === 'urgent') expect(window.end).to.equal(before.first)
          else expect(window.first).to.be.above(before.end)
        })
      }),
    )
  })

  it('wants every piece of the position’s span and nothing else but index', () => {
    fc.assert(
      fc.property(cases, ({ layout: own, file, state, options }) => {
        const end = Math.min(state.endBytes, state.positionBytes + spanBytes(state, options))
        const start =
          end > state.positionBytes ? Math.min(snappedBytes(state), state.positionBytes) : state.positionBytes
        const span = own.piecesOf({ start: file.offsetBytes + start, end: file.offsetBytes + end })
        const wanted = windows(own, file, state, options)
        for (let piece = span.first; piece < span.end; piece++)
          expect(wanted.some((window) => window.first <= piece && piece < window.end)).to.be.true
        for (const { first, end: windowEnd, priority } of wanted)
          if (priority !== 'index') expect(first >= span.first && windowEnd <= span.end).to.be.true
      }),
    )
  })

  it('stays the same for as many bytes as stableBytes says', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (given, part) => {
        const step = Math.floor(part * stableBytes(given.layout, given.file, given.state, given.options))
        const moved = {
          ...given.state,
          positionBytes: given.state.positionBytes + step,
          sequentialBytes: given.state.sequentialBytes + step,
        }
        if (moved.positionBytes >= given.state.endBytes) return
        const before = windows(given.layout, given.file, given.state, given.options)
        expect(show(windows(given.layout, given.file, moved, given.options))).to.deep.equal(show(before))
        expect(sameWindows(before, before)).to.be.true
      }),
    )
  })
})
