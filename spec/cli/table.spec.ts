import { expect } from 'chai'
import fc from 'fast-check'
import { type Column, tableLines } from '../../lib/cli/table.ts'
import { cutText, textWidth } from '../../lib/cli/text-width.ts'
import { formatBytes, formatPercent } from '../../lib/cli/units.ts'

describe('text width', () => {
  for (const [text, width] of [
    ['', 0],
    ['plain', 5],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['한국', 4],
    ['ｆ', 2],
    ['🎬', 2],
    ['👨‍👩‍👧', 2],
    ['\u200b', 0],
    ['עברית', 5],
  ] as const) {
    it(`of ${JSON.stringify(text)} is ${width}`, () => expect(textWidth(text)).to.equal(width))
  }

  it('is never above the limit of a cut, and only a cut adds an ellipsis', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, limit) => {
        const cut = cutText(text, limit)
        expect(textWidth(cut)).to.be.at.most(limit)
        if (textWidth(text) <= limit) expect(cut).to.equal(text)
        else expect(cut.endsWith('…')).to.equal(true)
      }),
    )
  })
})

describe('tableLines', () => {
  const columns: readonly Column<readonly [string, string, string]>[] = [
    { title: 'NAME', value: ([name]) => name, canShrink: true },
    { title: 'SIZE', value: ([, size]) => size, align: 'right' },
    { title: 'PLACE', value: ([, , place]) => place, canShrink: true },
  ]

  it('aligns by the widest cell, header included', () => {
    expect(
      tableLines(columns, [
        ['a', '1', 'x'],
        ['日本', '22222', 'y'],
      ]),
    ).to.deep.equal(['NAME   SIZE  PLACE', 'a         1  x', '日本  22222  y'])
  })

  it('cuts the widest column first, and what may not shrink never', () => {
    const rows = [['n'.repeat(40), '123456789', 'p'.repeat(20)]] as const
    const lines = tableLines(columns, rows, 60)
    expect(lines[1]).to.equal(`${'n'.repeat(26)}…  123456789  ${'p'.repeat(20)}`)
    expect(tableLines(columns, rows, 10)[1], 'too narrow for all').to.equal(
      `${'n'.repeat(11)}…  123456789  ${'p'.repeat(11)}…`,
    )
  })

  it('fits any width that its fixed columns leave room in', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.integer({ min: 40, max: 120 }), (name, place, width) => {
        for (const line of tableLines(columns, [[name, '1 GiB', place]], width)) {
          expect(textWidth(line)).to.be.at.most(width)
        }
      }),
    )
  })
})

describe('units', () => {
  it('of bytes', () => {
    const shown = [0, 1023, 1024, 1536, 3 * 2 ** 30, 5 * 2 ** 50].map(formatBytes)
    expect(shown).to.deep.equal(['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '3.0 GiB', '5120.0 TiB'])
  })

  it('of shares: nothing is 100 % before it is whole', () => {
    expect([0, 0.999, 1].map(formatPercent)).to.deep.equal(['0 %', '99 %', '100 %'])
  })
})
