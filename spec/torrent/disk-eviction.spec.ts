import { expect } from 'chai'
import fc from 'fast-check'
import { type PieceWindow, WINDOW_PRIORITIES } from '../../lib/domain/torrent.ts'
import { type Evictable, EvictionGroup, EvictionOrder } from '../../lib/torrent/store/disk-eviction.ts'

interface Item extends Evictable {
  readonly name: string
}

type Step =
  | {
      readonly kind: 'put' | 'read' | 'use' | 'release' | 'pin' | 'unpin'
      readonly group: number
      readonly piece: number
    }
  | { readonly kind: 'take' }
  | { readonly kind: 'windows'; readonly group: number; readonly windows: readonly PieceWindow[] }

const GROUPS = 2
const PIECES = 12

const piece = fc.nat(PIECES - 1)
const group = fc.nat(GROUPS - 1)
const window = fc
  .record({ first: piece, length: fc.integer({ min: 1, max: 6 }), priority: fc.constantFrom(...WINDOW_PRIORITIES) })
  .map(({ first, length, priority }) => ({ first, end: first + length, priority }))
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), group, piece }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), group, piece }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('use', 'release', 'pin', 'unpin'), group, piece }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('windows' as const),
        group,
        windows: fc.array(window, { maxLength: 3 }),
      }),
    },
  ),
  { maxLength: 120 },
)

/** Said anew and slowly: the class of a piece is that of its most pressing window, its distance the least within that class. */
function place(item: Item): { kept: number; distance: number } {
  let kept = WINDOW_PRIORITIES.length
  let distance = 0
  for (const window of item.group.windows) {
    if (item.piece < window.first || item.piece >= window.end) continue
    const priority = WINDOW_PRIORITIES.indexOf(window.priority)
    const own = (item.piece - window.first) * item.group.pieceBytes
    if (priority < kept) distance = own
    else if (priority === kept) distance = Math.min(distance, own)
    kept = Math.min(kept, priority)
  }
  return { kept, distance }
}

function mayGoFirst(candidates: readonly Item[]): Set<string> {
  const placed = candidates
    .filter((item) => item.users === 0 && !item.isPinned)
    .map((item) => ({ item, ...place(item) }))
  const outside = Math.max(...placed.map((entry) => entry.kept))
  const farthest = placed.filter((entry) => entry.kept === outside)
  if (outside === WINDOW_PRIORITIES.length) {
    const oldest = Math.min(...farthest.map((entry) => entry.item.lastUse))
    return new Set(farthest.filter((entry) => entry.item.lastUse === oldest).map((entry) => entry.item.name))
  }
  const distance = Math.max(...farthest.map((entry) => entry.distance))
  return new Set(farthest.filter((entry) => entry.distance === distance).map((entry) => entry.item.name))
}

describe('EvictionOrder', () => {
  it('takes what a sort of everything would take', () => {
    fc.assert(
      fc.property(steps, (run) => {
        const order = new EvictionOrder()
        const groups = Array.from({ length: GROUPS }, (_, index) => {
          const made = new EvictionGroup()
          made.pieceBytes = 100 + 50 * index
          return made
        })
        const stored = new Map<string, Item>()
        let stamp = 0
        for (const step of run) {
          if (step.kind === 'take') {
            const taken = order.take() as Item | undefined
            const allowed = mayGoFirst([...stored.values()])
            if (!taken) {
              expect([...allowed]).to.deep.equal([])
              continue
            }
            expect([...allowed]).to.include(taken.name)
            taken.isStored = false
            stored.delete(taken.name)
            continue
          }
          const owner = groups[step.group]!
          if (step.kind === 'windows') {
            order.setWindows(owner, step.windows)
            continue
          }
          const name = `${step.group}/${step.piece}`
          const item = stored.get(name)
          if (step.kind === 'put' && !item) {
            const made = {
              name,
              group: owner,
              piece: step.piece,
              lastUse: ++stamp,
              users: 0,
              isStored: true,
              isPinned: false,
            }
            stored.set(name, made)
            order.add(made)
          } else if (step.kind === 'read' && item) item.lastUse = ++stamp
          else if (step.kind === 'use' && item) item.users++
          else if (step.kind === 'pin' && item) item.isPinned = true
          else if (step.kind === 'unpin' && item) order.unpin(item)
          else if (step.kind === 'release' && item) item.users = Math.max(0, item.users - 1)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('takes one of 100,000 in a few comparisons, not in a scan', () => {
    const order = new EvictionOrder()
    const group = new EvictionGroup()
    let looked = 0
    for (let piece = 0; piece < 100_000; piece++) {
      order.add({
        group,
        get piece() {
          looked++
          return piece
        },
        lastUse: piece,
        users: 0,
        isStored: true,
        isPinned: false,
      })
    }
    group.pieceBytes = 1
    order.setWindows(group, [{ first: 0, end: 1, priority: 'urgent' }])
    expect(order.take()?.lastUse).to.equal(1)
    expect(looked).to.be.lessThan(20)
  })
})
