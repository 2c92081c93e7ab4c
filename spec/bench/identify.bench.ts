import { identifier } from '../../lib/identify/identifier.ts'
import { FAMILIES } from '../identify/names/families.ts'
import { says } from '../identify/names/says.ts'

// How many of our own names are understood, family by family, and how many a second.
const ROUNDS = 10

const all = Object.values(FAMILIES).flat()
let right = 0
for (const [family, rows] of Object.entries(FAMILIES)) {
  const correct = rows.filter(([name, expected]) => says(identifier.identifyName(name)) === expected).length
  right += correct
  report(family, { names: rows.length, right: correct, percent: percent(correct, rows.length) })
}
report('all', { names: all.length, right, percent: percent(right, all.length) })

const started = performance.now()
const cpu = process.cpuUsage()
for (let round = 0; round < ROUNDS; round += 1) for (const [name] of all) identifier.identifyName(name)
const seconds = (performance.now() - started) / 1000
const used = process.cpuUsage(cpu)
report('speed', {
  namesPerSecond: Math.round((all.length * ROUNDS) / seconds),
  cpuMicrosecondsPerName: Math.round((used.user + used.system) / (all.length * ROUNDS)),
})

const pack = Array.from({ length: 1000 }, (_, index) => ({
  index,
  path: `Show.S01-S40/Season ${Math.floor(index / 25) + 1}/show.s${Math.floor(index / 25) + 1}e${(index % 25) + 1}.mkv`,
  sizeBytes: 500_000_000,
}))
const startedPack = performance.now()
const matched = identifier.identifyFiles('Show.S01-S40.1080p', pack).filter((match) => match.kind === 'episode').length
report('torrent of 1,000 files', { matched, ms: Math.round(performance.now() - startedPack) })

function percent(part: number, whole: number): number {
  return Math.round((part / whole) * 1000) / 10
}

function report(name: string, figures: Readonly<Record<string, number>>): void {
  console.log(JSON.stringify({ bench: 'identify', case: name, ...figures }))
}
