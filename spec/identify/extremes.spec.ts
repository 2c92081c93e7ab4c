import { expect } from 'chai'
import { least, most } from '../../lib/identify/extremes.ts'

describe('extremes', () => {
  it('are found of more numbers than a call takes arguments', () => {
    const numbers = Array.from({ length: 500_000 }, (_, index) => (index * 7919) % 500_009)
    expect([least(numbers), most(numbers)]).to.deep.equal([0, 500_008])
  })

  it('are told of none', () => expect([least([]), most([])]).to.deep.equal([Infinity, 0]))
})
