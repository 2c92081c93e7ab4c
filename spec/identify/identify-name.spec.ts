import { expect } from 'chai'
import { identifier } from '../../lib/identify/identifier.ts'
import { FAMILIES } from './names/families.ts'
import { says } from './names/says.ts'

describe('identifyName', () => {
  for (const [family, rows] of Object.entries(FAMILIES)) {
    it(`reads the family ${family} (${rows.length} names)`, () => {
      const wrong = rows.flatMap(([name, expected]) => {
        const got = says(identifier.identifyName(name))
        return got === expected ? [] : [`${name}: ${got} instead of ${expected}`]
      })
      expect(wrong).to.deep.equal([])
    })
  }
})
