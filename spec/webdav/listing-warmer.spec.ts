import { expect } from 'chai'
import { systemClock } from '../../lib/domain/clock.ts'
import { disposable } from '../../lib/domain/disposable.ts'
import type { DirectoryNode, Tree } from '../../lib/domain/tree.ts'
import { knownSets } from '../../lib/webdav/known-sets.ts'
import { ListingCache } from '../../lib/webdav/listing-cache.ts'
import { ListingWarmer } from '../../lib/webdav/listing-warmer.ts'
import { PropertySet } from '../../lib/webdav/properties.ts'
import { exchange } from '../support/http-exchange.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { treeOf } from '../support/tree-fixture.ts'
import { startWebdav } from '../support/webdav-fixture.ts'

const quota = () => ({ availableBytes: 0, usedBytes: 0 })
const sets = knownSets(quota)
const asked = PropertySet.named(['{DAV:}getetag'], quota)
const films = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`Film ${index}`, 5]))
const directoryOf = (tree: Tree, path: string): DirectoryNode => tree.find(path) as DirectoryNode
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** `tree` with one directory at its top in another state, the rest as it was. */
function replaced(tree: Tree, name: string, directory: DirectoryNode): Tree {
  const root = { ...tree.root, children: new Map([...tree.root.children, [name, directory] as const]) }
  return {
    ...tree,
    version: tree.version + 1,
    root,
    find: (path) => {
      const [top = '', ...below] = path.split('/').filter(Boolean)
      return top === name && below.length === 0 ? directory : tree.find(path)
    },
  }
}

function without(directory: DirectoryNode, name: string): DirectoryNode {
  const children = new Map(directory.children)
  children.delete(name)
  return { ...directory, children }
}

describe('ListingWarmer', () => {
  it('renders large directories, however deep, for the sets that clients ask for, and no small ones', async () => {
    const cache = new ListingCache()
    const warmer = new ListingWarmer({ cache, clock: systemClock, sets })
    const tree = treeOf({ Movies: films(300), Small: films(200), a: { b: { c: films(256) } } })
    await warmer.warm(tree)
    for (const set of sets) {
      expect(cache.has(directoryOf(tree, 'Movies'), set)).to.equal(true)
      expect(cache.has(directoryOf(tree, 'a/b/c'), set)).to.equal(true)
      expect(cache.has(directoryOf(tree, 'Small'), set)).to.equal(false)
    }
    const alone = new ListingCache().get(directoryOf(tree, 'Movies'), asked)
    expect(cache.get(directoryOf(tree, 'Movies'), asked).bytes.equals(alone.bytes)).to.equal(true)
    await warmer.close()
  })

  it('renders after a swap only what changed of all that is kept, once the library is quiet', async () => {
    const clock = new ManualClock()
    const cache = new ListingCache()
    const warmer = new ListingWarmer({ cache, clock, sets })
    const first = treeOf({ Movies: films(300), Shows: films(300), Small: films(100) })
    await warmer.warm(first)
    const small = directoryOf(first, 'Small')
    cache.get(small, asked)
    const { rendered } = cache
    let tree = first
    for (const name of ['Film 5', 'Film 100', 'Film 299']) {
      tree = replaced(tree, 'Movies', without(directoryOf(tree, 'Movies'), name))
      warmer.onSwapped(tree)
      clock.advance(150)
      await turns(20)
      expect(cache.has(directoryOf(tree, 'Movies'), asked)).to.equal(false)
    }
    clock.advance(200)
    await turns(100)
    for (const set of sets) {
      expect(cache.has(directoryOf(tree, 'Movies'), set)).to.equal(true)
      expect(cache.has(directoryOf(tree, 'Shows'), set)).to.equal(true)
    }
    expect(cache.has(small, asked)).to.equal(true)
    expect(cache.rendered, 'everything was copied').to.equal(rendered)
    const [set = asked] = sets
    const anew = new ListingCache().get(directoryOf(tree, 'Movies'), set)
    expect(cache.get(directoryOf(tree, 'Movies'), set).bytes.equals(anew.bytes)).to.equal(true)
    await warmer.close()
    expect(clock.pendingTimers).to.equal(0)
  })

  it('forgets what is no longer there', async () => {
    const cache = new ListingCache()
    const warmer = new ListingWarmer({ cache, clock: systemClock, sets })
    await warmer.warm(treeOf({ Movies: films(300) }))
    expect(cache.kept()).to.have.length(sets.length)
    await warmer.warm(treeOf({ Other: films(10) }, 2))
    expect(cache.kept()).to.have.length(0)
    expect(cache.keptBytes).to.equal(0)
    await warmer.close()
  })

  it('yields while it works, leaves the work for a later tree, and ends with its close', async () => {
    let nowMs = 0
    const ticking = { ...systemClock, monotonicMs: () => (nowMs += 1) } // two steps a slice
    const cache = new ListingCache()
    const warmer = new ListingWarmer({ cache, clock: ticking, sets })
    const early = treeOf({ Movies: films(3000) })
    const late = treeOf({ Movies: films(300) }, 2)
    const work = warmer.warm(early)
    await turns(5)
    expect(cache.kept(), 'far from its first answer').to.have.length(0)
    await warmer.warm(late)
    await work
    expect(cache.has(directoryOf(early, 'Movies'), sets[0] ?? asked)).to.equal(false)
    expect(cache.has(directoryOf(late, 'Movies'), sets[0] ?? asked)).to.equal(true)
    const last = warmer.warm(early)
    await turns(5)
    await warmer.close()
    await last
    expect(cache.has(directoryOf(early, 'Movies'), sets[0] ?? asked)).to.equal(false)
    await warmer.warm(early)
    expect(cache.has(directoryOf(early, 'Movies'), sets[0] ?? asked)).to.equal(false)
  })

  it('keeps no more than 24 MiB of what nobody asked for', async () => {
    const cache = new ListingCache()
    const warmer = new ListingWarmer({ cache, clock: systemClock, sets })
    await warmer.warm(treeOf({ a: films(18_000), b: films(18_000), c: films(18_000) }))
    const largest = Math.max(...cache.kept().map(({ bytes }) => bytes.length))
    expect(cache.keptBytes)
      .to.be.greaterThan(24 * 1024 * 1024)
      .and.lessThan(24 * 1024 * 1024 + largest)
    await warmer.close()
  })

  it('has the listings of a server rendered before it listens, and after each swap', async () => {
    const clock = new ManualClock()
    const trees = { current: treeOf({ Movies: films(300) }) }
    let swapped: (tree: Tree) => void = () => {}
    const onTreeSwapped = (listener: (tree: Tree) => void) => {
      swapped = listener
      return disposable(() => {
        swapped = () => {}
      })
    }
    const { server, port } = await startWebdav({ clock, trees, onTreeSwapped })
    const before = await exchange(port, 'PROPFIND', '/Movies', { Depth: '1' })
    trees.current = treeOf({ Movies: films(301) }, 2)
    swapped(trees.current)
    expect(clock.pendingTimers).to.equal(1)
    clock.advance(200)
    await turns(50)
    const after = await exchange(port, 'PROPFIND', '/Movies', { Depth: '1' })
    expect(after.body.length).to.be.greaterThan(before.body.length)
    swapped(treeOf({ Movies: films(302) }, 3))
    await server.close()
    expect(clock.pendingTimers).to.equal(0)
  })
})
