import { expect } from 'chai'
import fc from 'fast-check'
import { type PieceWindow, WINDOW_PRIORITIES } from '../../lib/domain/torrent.ts'
import { NOT_WANTED, WindowPlan } from '../../lib/torrent/schedule/window-plan.ts'

const PIECES = 60
const window = fc
  .tuple(fc.nat(PIECES), fc.nat(PIECES), fc.constantFrom(...WINDOW_PRIORITIES))
  .map(([a, b, priority]): PieceWindow => ({ first: Math.min(a, b), end: Math.max(a, b), priority }))
const updates = fc.array(fc.tuple(fc.nat(2), fc.array(window, { maxLength: 4 })), { minLength: 1, maxLength: 8 })

describe('WindowPlan', () => {
  it('has each wanted piece at its most pressing rank, after any history of windows', () => {
    fc.assert(
      fc.property(updates, (history) => {
        const owners = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
        const plan = new WindowPlan(PIECES)
        const current = new Map<number, readonly PieceWindow[]>()
        for (const [owner, windows] of history) {
          plan.set(owners[owner]!, windows)
          plan.build(new Uint16Array(PIECES))
          current.set(owner, windows)
        }
        const all = [...current.values()].flat()
        for (let piece = 0; piece < PIECES; piece++) {
          const ranks = all
            .filter(({ first, end }) => first <= piece && piece < end)
            .map(({ priority }) => WINDOW_PRIORITIES.indexOf(priority))
          expect(plan.rankOf(piece)).to.equal(ranks.length === 0 ? NOT_WANTED : Math.min(...ranks))
        }
        expect(new Set(plan.front).size).to.equal(plan.front.length)
        const ranks = plan.front.map((piece) => plan.rankOf(piece))
        expect(ranks).to.deep.equal(ranks.toSorted((a, b) => a - b))
        for (const [index, piece] of plan.front.entries()) expect(plan.frontIndex(piece)).to.equal(index)
        for (const [index, piece] of plan.idle.entries()) expect(plan.idleIndex(piece)).to.equal(index)
      }),
    )
  })

  it('takes turns between owners, ascending in a window', () => {
    const plan = new WindowPlan(PIECES)
    plan.set({ name: 'a' }, [{ first: 0, end: 3, priority: 'ahead' }])
    plan.set({ name: 'b' }, [{ first: 40, end: 42, priority: 'ahead' }])
    plan.set({ name: 'c' }, [{ first: 50, end: 51, priority: 'urgent' }])
    plan.build(new Uint16Array(PIECES))
    expect(plan.front).to.deep.equal([50, 0, 40, 1, 41, 2])
  })

  it('puts the rarest idle piece first, and cuts windows that reach past the end', () => {
    const plan = new WindowPlan(4)
    plan.set({ name: 'a' }, [{ first: -3, end: 99, priority: 'idle' }])
    plan.build(Uint16Array.of(3, 1, 2, 1))
    expect([...plan.idle]).to.deep.equal([1, 3, 2, 0])
  })

  it('builds only when windows changed', () => {
    const plan = new WindowPlan(PIECES)
    const owner = { name: 'a' }
    expect(plan.build(new Uint16Array(PIECES))).to.equal(false)
    plan.set(owner, [{ first: 0, end: 3, priority: 'ahead' }])
    expect(plan.build(new Uint16Array(PIECES))).to.equal(true)
    expect(plan.build(new Uint16Array(PIECES))).to.equal(false)
    plan.set(owner, [])
    expect(plan.isEmpty).to.equal(true)
  })
})
