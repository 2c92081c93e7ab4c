import { expect } from 'chai'
import fc from 'fast-check'
import { type DropKind, dropKind, keptNames, noteNames } from '../../lib/inbox/drop-name.ts'

const firstOf = (names: Iterable<string>, count = 1): string[] => {
  const taken: string[] = []
  for (const name of names) {
    taken.push(name)
    if (taken.length === count) break
  }
  return taken
}

describe('names of dropped files', () => {
  const kinds: readonly (readonly [string, DropKind | undefined])[] = [
    ['a.torrent', 'torrent'],
    ['A.Film.2020.TORRENT', 'torrent'],
    ['a.magnet', 'magnet'],
    ['a.url', 'shortcut'],
    ['a.webloc', 'shortcut'],
    ['a.txt', 'text'],
    ['a.added.txt', undefined],
    ['a.error.TXT', undefined],
    ['a (2).added.txt', undefined],
    ['added.txt', 'text'],
    ['a.torrent.failed', undefined],
    ['a.torrent.part', undefined],
    ['a.mkv', undefined],
    ['torrent', undefined],
    ['.torrent', undefined],
    ['._a.torrent', undefined],
  ]
  for (const [name, kind] of kinds) {
    it(`${name} is ${kind ?? 'left alone'}`, () => {
      expect(dropKind(name)).to.equal(kind)
    })
  }

  it('names notes and kept files after what was dropped', () => {
    expect(firstOf(noteNames('A.Film.torrent', 'added'), 3)).to.deep.equal([
      'A.Film.added.txt',
      'A.Film (2).added.txt',
      'A.Film (3).added.txt',
    ])
    expect(firstOf(noteNames('a.webloc', 'error'))).to.deep.equal(['a.error.txt'])
    expect(firstOf(keptNames('a.torrent'), 2)).to.deep.equal(['a.torrent.failed', 'a (2).torrent.failed'])
    expect(firstOf(noteNames('con.torrent', 'added'))).to.deep.equal(['con_.added.txt'])
    expect(firstOf(noteNames('a?b: c|.torrent', 'added'))).to.deep.equal(['a-b- c-.added.txt'])
  })

  it('makes names that are legal, short, and never drops themselves', () => {
    const stems = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
    )
    const extensions = fc.constantFrom('.torrent', '.magnet', '.url', '.webloc', '.txt')
    fc.assert(
      fc.property(stems, extensions, (stem, extension) => {
        for (const names of [noteNames(stem + extension, 'error'), keptNames(stem + extension)]) {
          for (const name of firstOf(names, 2)) {
            expect(Buffer.byteLength(name)).to.be.at.most(255)
            expect(name).not.to.match(/[\p{Cc}<>:"/\\|?*]/u)
            expect(dropKind(name)).to.equal(undefined)
          }
        }
      }),
    )
  })
})
