import { expect } from 'chai'
import fc from 'fast-check'
import { Listeners } from '../../lib/domain/disposable.ts'
import { AppError, ERROR_CODES, toAppError } from '../../lib/domain/errors.ts'
import { contentId, infoHash, movieId, parseContentId } from '../../lib/domain/ids.ts'
import { BLOCK_BYTES, PieceLayout } from '../../lib/domain/piece-layout.ts'
import { clampRange } from '../../lib/domain/ranges.ts'

const HASH = 'AB'.repeat(20)

describe('ids', () => {
  it('takes 40 hexadecimal digits in any case', () => {
    expect(infoHash(HASH)).to.equal(HASH.toLowerCase())
    for (const bad of ['', HASH.slice(1), `${HASH}0`, 'g'.repeat(40)]) {
      expect(() => infoHash(bad))
        .to.throw(AppError)
        .with.property('code', 'invalid')
    }
  })

  it('reads a content id back', () => {
    expect(parseContentId(contentId(infoHash(HASH), 12))).to.deep.equal({ infoHash: HASH.toLowerCase(), fileIndex: 12 })
    expect(() => contentId(infoHash(HASH), -1)).to.throw(AppError)
  })

  it('refuses row ids that no database gives', () => {
    for (const bad of [0, -1, 1.5, Number.NaN]) expect(() => movieId(bad)).to.throw(AppError)
  })
})

describe('PieceLayout', () => {
  const layouts = fc.tuple(fc.integer({ min: 1, max: 1 << 24 }), fc.integer({ min: 1, max: 2 ** 40 }))

  it('covers every byte once', () => {
    fc.assert(
      fc.property(layouts, ([pieceBytes, totalBytes]) => {
        const layout = new PieceLayout(pieceBytes, totalBytes)
        const last = layout.pieceCount - 1
        expect(layout.pieceStart(last) + layout.pieceLength(last)).to.equal(totalBytes)
        expect(layout.pieceLength(last)).to.be.within(1, pieceBytes)
        expect(layout.pieceAt(totalBytes - 1)).to.equal(last)
      }),
    )
  })

  it('cuts a piece into blocks of 16 KiB and a rest', () => {
    fc.assert(
      fc.property(layouts, ([pieceBytes, totalBytes]) => {
        const layout = new PieceLayout(pieceBytes, totalBytes)
        const last = layout.pieceCount - 1
        const blocks = layout.blockCount(last)
        expect((blocks - 1) * BLOCK_BYTES + layout.blockLength(last, blocks - 1)).to.equal(layout.pieceLength(last))
      }),
    )
  })

  it('finds the pieces of a range', () => {
    const layout = new PieceLayout(10, 95)
    expect(layout.piecesOf({ start: 0, end: 10 })).to.deep.equal({ first: 0, end: 1 })
    expect(layout.piecesOf({ start: 9, end: 11 })).to.deep.equal({ first: 0, end: 2 })
    expect(layout.piecesOf({ start: 90, end: 95 })).to.deep.equal({ first: 9, end: 10 })
    expect(layout.piecesOf({ start: 5, end: 5 })).to.deep.equal({ first: 0, end: 0 })
  })

  it('refuses lengths that no torrent has', () => {
    for (const [piece, total] of [
      [0, 1],
      [1, 0],
      [1.5, 3],
      [-1, 3],
    ] as const) {
      expect(() => new PieceLayout(piece, total))
        .to.throw(AppError)
        .with.property('code', 'invalid')
    }
  })
})

describe('clampRange', () => {
  it('stays inside [0, size)', () => {
    expect(clampRange({ start: -5, end: 20 }, 10)).to.deep.equal({ start: 0, end: 10 })
    expect(clampRange({ start: 15, end: 20 }, 10)).to.deep.equal({ start: 10, end: 10 })
  })
})

describe('Listeners', () => {
  it('calls all of them even when one throws, and forgets the disposed', () => {
    const listeners = new Listeners<number>()
    const heard: string[] = []
    listeners.add(() => {
      throw new Error('mine')
    })
    const second = listeners.add((event) => heard.push(`b${event}`))
    expect(() => listeners.emit(1)).to.throw('mine')
    second.dispose()
    second.dispose()
    expect(() => listeners.emit(2)).to.throw('mine')
    expect(heard).to.deep.equal(['b1'])
    expect(listeners.size).to.equal(1)
  })
})

describe('toAppError', () => {
  it('keeps an AppError, knows an abort, and hides the rest', () => {
    const own = new AppError('range', 'past the end')
    expect(toAppError(own)).to.equal(own)
    expect(toAppError(new DOMException('gone', 'AbortError')).code).to.equal('aborted')
    const hidden = toAppError(new TypeError('secret detail'))
    expect(hidden.code).to.equal('internal')
    expect(hidden.message).not.to.include('secret')
    expect(new Set(ERROR_CODES).size).to.equal(ERROR_CODES.length)
  })
})
