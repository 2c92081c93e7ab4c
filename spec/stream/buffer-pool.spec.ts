import { expect } from 'chai'
import { isAppError } from '../../lib/domain/errors.ts'
import { FixedBufferPool } from '../../lib/stream/buffer-pool.ts'

describe('FixedBufferPool', () => {
  it('lends a returned buffer again and allocates none while one is free', () => {
    const pool = new FixedBufferPool({ bufferBytes: 64 })
    const [first, second] = [pool.take(), pool.take()]
    expect(first).not.to.equal(second)
    expect(first.length).to.equal(64)
    pool.give(first)
    expect(pool.take()).to.equal(first)
    expect([pool.lent, pool.idle]).to.deep.equal([2, 0])
  })

  it('lends 512 KiB by default', () => {
    expect(new FixedBufferPool().take().length).to.equal(512 * 1024)
  })

  it('keeps a bounded number of returned buffers', () => {
    const pool = new FixedBufferPool({ bufferBytes: 8, maxIdle: 2 })
    const taken = [pool.take(), pool.take(), pool.take()]
    for (const buffer of taken) pool.give(buffer)
    expect([pool.lent, pool.idle]).to.deep.equal([0, 2])
  })

  it('refuses a buffer given twice, and one that is not its own', () => {
    const pool = new FixedBufferPool({ bufferBytes: 8 })
    const buffer = pool.take()
    pool.give(buffer)
    const refused = (given: Uint8Array) => {
      try {
        pool.give(given)
      } catch (error) {
        return isAppError(error, 'internal')
      }
      return false
    }
    expect(refused(buffer)).to.be.true
    expect(refused(new Uint8Array(8))).to.be.true
    expect(pool.idle).to.equal(1)
  })
})
