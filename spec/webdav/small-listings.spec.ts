import { expect } from 'chai'
import type { DirectoryNode } from '../../lib/domain/tree.ts'
import { ListingCache } from '../../lib/webdav/listing-cache.ts'
import { PropertySet } from '../../lib/webdav/properties.ts'
import { SmallListings } from '../../lib/webdav/small-listings.ts'
import { treeOf } from '../support/tree-fixture.ts'

const quota = () => ({ availableBytes: 0, usedBytes: 0 })
const sets = [PropertySet.allprop(quota, false), PropertySet.named(['{DAV:}displayname'], quota)] as const
const names = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`Ünï ${index} 映画`, 1]))

describe('SmallListings', () => {
  it('gives the very bytes that ListingCache gives, one character each, the same string again', () => {
    const listings = new SmallListings()
    const directory = treeOf({ d: names(20) }).find('d') as DirectoryNode
    for (const set of sets) {
      const text = listings.get(directory, set)
      const { bytes } = new ListingCache().get(directory, set)
      expect(Buffer.from(text, 'latin1').equals(bytes)).to.equal(true)
      const before = listings.keptBytes
      expect(listings.get(directory, set)).to.equal(text)
      expect(listings.keptBytes).to.equal(before)
    }
    const changed = { ...directory, children: new Map([...directory.children].slice(1)) }
    expect(listings.get(changed, sets[0])).to.not.include(Buffer.from('Ünï 0 ').toString('latin1'))
  })

  it('keeps no more than 16 MiB', () => {
    const listings = new SmallListings()
    const { root } = treeOf(Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`d${index}`, names(20)])))
    let most = 0
    let total = 0
    for (const directory of root.children.values()) {
      total += listings.get(directory as DirectoryNode, sets[0]).length
      most = Math.max(most, listings.keptBytes)
    }
    expect(total).to.be.greaterThan(16 * 1024 * 1024)
    expect(most).to.be.lessThan(16 * 1024 * 1024)
  })
})
