import { brotliDecompressSync, gunzipSync } from 'node:zlib'
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
    expect(second).to.not.equal(first)
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

  it('compresses what is asked for a second time, counts it, and gives it to those that follow', async () => {
    const cache = new ListingCache()
    const listing = cache.get(directoryOf(0, 200), properties)
    for (const encoding of ['gzip', 'br'] as const) {
      expect(cache.encodedBytes(listing, encoding)).to.equal(undefined)
      await cache.settled()
      expect(cache.encodedBytes(listing, encoding), 'asked for once').to.equal(undefined)
      await cache.settled()
      const encoded = cache.encodedBytes(listing, encoding)
      if (!encoded) throw new Error('not compressed')
      const plain = encoding === 'gzip' ? gunzipSync(encoded) : brotliDecompressSync(encoded)
      expect(plain.equals(listing.bytes)).to.equal(true)
      expect(encoded.length).to.be.lessThan(listing.bytes.length / 10)
    }
    const all = [listing.bytes, ...listing.encoded.values()].reduce((sum, { length }) => sum + length, 0)
    expect(cache.keptBytes).to.equal(all)
    cache.forget(listing)
    expect(cache.keptBytes).to.equal(0)
  })

  it('counts nothing of a listing that was replaced while it was compressed', async () => {
    const cache = new ListingCache()
    const directory = directoryOf(0, 200)
    const listing = cache.get(directory, properties)
    for (let time = 0; time < 2; time++) cache.encodedBytes(listing, 'br')
    const next = cache.get(withChildren(directory, new Map([...directory.children].slice(1))), properties)
    await cache.settled()
    expect(cache.keptBytes).to.equal(next.bytes.length)
  })
})
