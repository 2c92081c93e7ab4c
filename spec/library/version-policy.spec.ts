import { expect } from 'chai'
import fc from 'fast-check'
import type { VersionPolicy } from '../../lib/domain/curation.ts'
import { activeVersions, splitByChoice, type Version } from '../../lib/library/curation/version-policy.ts'

const SINGLE = ['best', 'smallest', 'newest'] as const

/** `name first-last resolution source size`, with `+` active and `!` chosen. */
function version(line: string, index: number): Version {
  const [flags, name = '', span = '1', resolution = '-', source = '-', size = '1000'] = line.split(' ')
  const [first = 1, last = first] = span.split('-').map(Number)
  return {
    infoHash: name,
    fileIndex: 0,
    filePath: `${name}.mkv`,
    sizeBytes: Number(size),
    resolution: resolution === '-' ? null : resolution,
    source: source === '-' ? null : source,
    assignedAtMs: index,
    isActive: flags?.includes('+') ?? false,
    isChosen: flags?.includes('!') ?? false,
    first,
    last,
  }
}

function active(policy: VersionPolicy, lines: readonly string[], isAnew = false): string[] {
  return Array.from(activeVersions(lines.map(version), policy, isAnew), (one) => one.infoHash).sort()
}

const versions = fc
  .array(
    fc.record({
      first: fc.integer({ min: 1, max: 6 }),
      extra: fc.integer({ min: 0, max: 2 }),
      sizeBytes: fc.integer({ min: 1, max: 50 }),
      resolution: fc.constantFrom('2160p', '1080p', '1080i', '720p', null),
      source: fc.constantFrom('BluRay', 'WEB-DL', 'CAM', null),
      isActive: fc.boolean(),
      isChosen: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((all) =>
    all.map(({ first, extra, ...one }, i): Version => {
      const name = `t${i}`
      return { ...one, first, last: first + extra, infoHash: name, fileIndex: 0, filePath: name, assignedAtMs: i }
    }),
  )

const episodes = (of: Iterable<Version>): number[] =>
  [...of].flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i))

describe('activeVersions', () => {
  it('shows the highest resolution, then the better source, then the larger', () => {
    expect(active('best', ['- a 1 720p Remux', '- b 1 1080p HDTV', '- c 1 1080i BluRay'])).to.deep.equal(['b'])
    const sources = ['Remux', 'BluRay', 'WEB-DL', 'WEBRip', 'HDTV', 'DVD', 'DVDRip', '-']
    for (const [i, better] of sources.entries()) {
      const worse = sources.slice(i + 1).map((source) => `- ${source}x 1 1080p ${source} 9999`)
      expect(active('best', [...worse, `- best 1 1080p ${better}`])).to.deep.equal(['best'])
    }
    expect(active('best', ['- a 1 1080p HDTV 10', '- b 1 1080p HDTV 20'])).to.deep.equal(['b'])
    expect(active('best', ['- a 1 - -', '- b 1 480p DVDRip'])).to.deep.equal(['b'])
  })

  it('takes what was filmed off a screen for the worst, whatever it says', () => {
    expect(active('best', ['- a 1 2160p CAM', '- b 1 1080p TS', '- c 1 - DVDRip'])).to.deep.equal(['c'])
  })

  it('shows the smallest, by the episode, or the newest', () => {
    expect(active('smallest', ['- a 1 - - 900', '- b 1 - - 100', '- c 1 - - 500'])).to.deep.equal(['b'])
    expect(active('smallest', ['- double 1-2 - - 1000', '- one 1 - - 600', '- two 2 - - 700'])).to.deep.equal([
      'double',
    ])
    expect(active('newest', ['- a', '- b', '- c'])).to.deep.equal(['c'])
  })

  it('lets a double episode give way only to files of both', () => {
    const double = '+ double 1-2 720p'
    expect(active('best', [double, '- one 1 1080p'])).to.deep.equal(['double', 'one'])
    expect(active('best', [double, '- one 1 1080p', '- two 2 1080p'])).to.deep.equal(['one', 'two'])
    expect(active('best', [double, '+ one 1 480p', '+ two 2 480p'])).to.deep.equal(['double'])
  })

  it('overrides no choice', () => {
    for (const policy of SINGLE) {
      expect(active(policy, ['- a 1 2160p Remux 5', '-! b 1 480p DVDRip 7', '- c 1 2160p Remux 3'])).to.deep.equal([
        'b',
      ])
    }
    expect(active('best', ['-! one 1 480p', '+ double 1-2 2160p'])).to.deep.equal(['double', 'one'])
  })

  it('takes the discs of a film for one version, those of another torrent not', () => {
    const disc = (name: string, torrent: string, size: number): Version => ({
      ...version(`- ${torrent} 0 1080p - ${size}`, 0),
      filePath: `Film/${name}.avi`,
      fileIndex: size,
    })
    const discs = [disc('Film.CD1', 'a', 30), disc('Film.CD2', 'a', 31)]
    const other = disc('Film.CD1', 'b', 40)
    expect([...activeVersions([...discs, other], 'best')]).to.deep.equal(discs)
    expect([...activeVersions([...discs, other], 'smallest')]).to.deep.equal([other])
    expect([...splitByChoice([...discs, other], discs.slice(0, 1)).chosen]).to.deep.equal(discs)
  })

  it('leaves all as they are side by side, and fills in where none shows', () => {
    expect(active('all', ['+ a', '+ b', '- aside'])).to.deep.equal(['a', 'b'])
    expect(active('all', ['- a', '- b'])).to.deep.equal(['a', 'b'])
    expect(active('all', ['- a', '-! b'])).to.deep.equal(['b'])
    expect(active('all', ['+ one 1', '- double 1-2', '- other 1'])).to.deep.equal(['double', 'one'])
    expect(active('all', ['+ a', '-! b', '- c'], true)).to.deep.equal(['b'])
  })

  it('shows every episode that a file has, by any policy, and settles at once', () => {
    fc.assert(
      fc.property(versions, fc.constantFrom('all', ...SINGLE), fc.boolean(), (all, policy, isAnew) => {
        const shown = activeVersions(all, policy, isAnew)
        expect(new Set(episodes(shown))).to.deep.equal(new Set(episodes(all)))
        const settled = all.map((one) => ({ ...one, isActive: shown.has(one) }))
        const again = activeVersions(settled, policy)
        expect(settled.filter((one) => again.has(one) !== one.isActive)).to.deep.equal([])
      }),
    )
  })

  it('shows no file by a choosing policy that the ones before it cover, whatever their order', () => {
    fc.assert(
      fc.property(versions, fc.constantFrom(...SINGLE), (all, policy) => {
        const shown = [...activeVersions(all, policy)]
        const names = shown.map((one) => one.infoHash)
        for (const one of shown) {
          const others = new Set(episodes(shown.slice(0, shown.indexOf(one))))
          expect(episodes([one]).some((episode) => !others.has(episode))).to.equal(true)
        }
        expect(Array.from(activeVersions(all.toReversed(), policy), (one) => one.infoHash)).to.deep.equal(names)
      }),
    )
  })
})
