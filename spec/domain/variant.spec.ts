import { expect } from 'chai'
import { pathOfParts, variantOf } from '../../lib/domain/variant.ts'

describe('variantOf', () => {
  const rows: readonly (readonly [path: string, variant: string | null])[] = [
    ['a/Long Tide (1999) - CD1.avi', 'cd1'],
    ['long.tide.disc.2.mkv', 'cd2'],
    ['Long Tide DVD2.avi', 'cd2'],
    ['Long Tide part 3.mkv', 'part3'],
    ['Long Tide pt2.mkv', 'part2'],
    ['Show.S01E02a.720p.mkv', 'part1'],
    ['Show 1x02d - Name.avi', 'part4'],
    ['Tide.1982.The.Final.Cut.720p.mkv', 'Final Cut'],
    ["Tide (1982) - Director's Cut.mkv", "Director's Cut"],
    ['Tide (1982) - US Theatrical Cut.mkv', 'US Theatrical Cut'],
    ['tide.1982.directors.cut.mkv', 'Directors Cut'],
    ['Tide.2009.EXTENDED.1080p.mkv', 'Extended'],
    ['Tide.2009.Open.Matte.mkv', 'Open Matte'],
    ['CD1/Tide.mkv', null],
    ['Tide.2009.1080p.mkv', null],
    ['Departed Cd.mkv', null],
    ['Counterpart S01E02.mkv', null],
    ['abcd1.mkv', null],
    ['', null],
  ]
  for (const [path, variant] of rows) it(`reads ${path || 'nothing'}`, () => expect(variantOf(path)).to.equal(variant))
})

describe('pathOfParts', () => {
  const same: readonly (readonly [string, string])[] = [
    ['a/Long.Tide.CD1.avi', 'a/long.tide.cd2.avi'],
    ['a/CD1/tide.avi', 'a/CD2/tide.avi'],
    ['a/Show.S01E02a.The.Net.avi', 'a/Show.S01E02b.The.Oar.avi'],
  ]
  for (const [a, b] of same) it(`is the same of ${a} and ${b}`, () => expect(pathOfParts(a)).to.equal(pathOfParts(b)))

  const apart: readonly (readonly [string, string])[] = [
    ['a/Long.Tide.720p.CD1.avi', 'a/Long.Tide.480p.CD1.avi'],
    ['a/Show.S01E02a.avi', 'a/Show.S01E03a.avi'],
    ['a/Show.S01E02.avi', 'b/Show.S01E02.avi'],
  ]
  for (const [a, b] of apart) it(`is not of ${a} and ${b}`, () => expect(pathOfParts(a)).not.to.equal(pathOfParts(b)))
})
