import { expect } from 'chai'
import type { DirectoryNode, TreeNode } from '../../lib/domain/tree.ts'
import { ListingCache } from '../../lib/webdav/listing-cache.ts'
import { PropertySet } from '../../lib/webdav/properties.ts'
import { treeOf } from '../support/tree-fixture.ts'

const properties = PropertySet.allprop(() => ({ availableBytes: 0, usedBytes: 0 }), false)
const names = (from: number, to: number) =>
  Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`Ünï ${from + index}.mkv`, from + index]))
const directoryOf = (from: number, to: number): DirectoryNode =>
  treeOf({ d: names(from, to) }).find('d') as DirectoryNode
const withChildren = (directory: DirectoryNode, children: ReadonlyMap<string, TreeNode>): DirectoryNode => ({
  ...directory,
  children,
})

describe('ListingCache', () => {
  it('gives the same answer for the same directory and set, another for another set', () => {
    const cache = new ListingCache()
    const directory = directoryOf(0, 100)
    expect(cache.get(directory, properties)).to.equal(cache.get(directory, properties))
    const compact = PropertySet.allprop(() => ({ availableBytes: 0, usedBytes: 0 }), true)
    expect(cache.get(directory, compact).bytes.length).to.be.lessThan(cache.get(directory, properties).bytes.length)
  })

  it('renders only what changed, to the bytes that a new cache makes', () => {
    const cache = new ListingCache()
    const directory = directoryOf(0, 500)
    const first = cache.get(directory, properties)
    expect(cache.rendered).to.equal(500)
    const children = new Map(directory.children)
    children.delete('Ünï 7.mkv')
    children.delete('Ünï 499.mkv')
    for (const [name, node] of directoryOf(500, 503).children) children.set(name, node)
    const changed = withChildren(directory, children)
    const second = cache.get(changed, properties)
    expect(cache.rendered).to.equal(503)
    expect(second.etag).to.not.equal(first.etag)
    expect(second.bytes.equals(new ListingCache().get(changed, properties).bytes)).to.equal(true)
    const shuffled = withChildren(changed, new Map([...children].reverse()))
    const third = cache.get(shuffled, properties)
    expect(cache.rendered).to.equal(503)
    expect(third.bytes.equals(new ListingCache().get(shuffled, properties).bytes)).to.equal(true)
  })

  it('keeps a bounded number of listings', () => {
    const cache = new ListingCache()
    const directories = Array.from({ length: 70 }, (_, index) => {
      const directory = directoryOf(0, 64)
      return { ...directory, href: `/${index}/` }
    })
    const listings = directories.map((directory) => cache.get(directory, properties))
    const [first, last] = [directories[0], directories[69]]
    if (!first || !last) throw new Error('no directories')
    expect(cache.get(last, properties)).to.equal(listings[69])
    expect(cache.get(first, properties)).to.not.equal(listings[0])
  })
})
