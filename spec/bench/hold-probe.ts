import { openSync, readSync } from 'node:fs'
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import Database from 'better-sqlite3'

// Imported into a process before its own code: notes what holds its event loop, and why.

const TURN_MS = 1
/** Shorter ones are not kept one by one. */
const NOTED_MS = 2

interface Span {
  readonly startMs: number
  readonly endMs: number
  readonly name: string
}

interface Hold extends Span {
  /** On a processor. */
  readonly hadMs: number
}

let holds: Hold[] = []
let pauses: Span[] = []
let statements: Span[] = []

const schedstat = openSync('/proc/thread-self/schedstat', 'r')
const scratch = Buffer.alloc(100)

/** How long this thread has had a processor (Linux: /proc/<pid>/schedstat; brought up to date every 4 ms). */
function processorMs(): number {
  const length = readSync(schedstat, scratch, 0, scratch.length, 0)
  return Number.parseInt(scratch.toString('latin1', 0, length), 10) / 1e6
}

let lastMs = performance.now()
let lastHadMs = processorMs()

function turn(): void {
  const nowMs = performance.now()
  const hadMs = processorMs()
  if (nowMs - lastMs - TURN_MS > NOTED_MS) {
    holds.push({ name: 'turn', startMs: lastMs, endMs: nowMs, hadMs: hadMs - lastHadMs })
  }
  lastMs = nowMs
  lastHadMs = hadMs
  setTimeout(turn, TURN_MS).unref()
}
setTimeout(turn, TURN_MS).unref()

const KINDS: Readonly<Record<number, string>> = {
  1: 'scavenge',
  4: 'mark-compact',
  8: 'incremental',
  16: 'weak callbacks',
}

new PerformanceObserver((list) => {
  for (const entry of list.getEntries() as (PerformanceEntry & { detail?: { kind: number } })[]) {
    const name = KINDS[entry.detail?.kind ?? 0] ?? 'other'
    pauses.push({ name, startMs: entry.startTime, endMs: entry.startTime + entry.duration })
  }
}).observe({ entryTypes: ['gc'] })

function timed<This, Args extends unknown[], Result>(
  name: string | undefined,
  method: (this: This, ...args: Args) => Result,
) {
  return function (this: This, ...args: Args): Result {
    const startMs = performance.now()
    try {
      return method.apply(this, args)
    } finally {
      const endMs = performance.now()
      if (endMs - startMs > NOTED_MS) {
        const source = name ?? (this as { source?: string }).source ?? ''
        statements.push({ name: source.replace(/\s+/g, ' ').trim().slice(0, 80), startMs, endMs })
      }
    }
  }
}

function wrap(prototype: object, names: readonly string[], name?: string): void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>
  for (const one of names) {
    const method = methods[one]
    if (method) methods[one] = timed(name, method)
  }
}

const sample = new Database(':memory:')
const statement = sample.prepare('select 1')
wrap(Object.getPrototypeOf(statement) as object, ['run', 'get', 'all', 'iterate'])
wrap(Object.getPrototypeOf(statement.iterate()) as object, ['next'], 'a step of a read')
wrap(Object.getPrototypeOf(sample) as object, ['exec', 'prepare'], 'exec or prepare')

const round = (value: number) => Math.round(value * 100) / 100

const lengthMs = ({ startMs, endMs }: Span) => endMs - startMs

const longest = <T extends Span>(spans: readonly T[]): T | undefined =>
  spans.toSorted((a, b) => lengthMs(b) - lengthMs(a))[0]

/** How much of the hold these take. */
function shareMs(hold: Span, spans: readonly Span[]): number {
  const shares = spans.map(({ startMs, endMs }) => Math.min(endMs, hold.endMs) - Math.max(startMs, hold.startMs))
  return round(shares.reduce((sum, share) => sum + Math.max(0, share), 0))
}

export interface Holds {
  /** The longest by the clock, and by processor time: the rest of it others had the processor. */
  readonly holdMs: number
  readonly holdCpuMs: number
  /** By processor time. */
  readonly holdsOver10Ms: number
  /** Of the longest by processor time: what the garbage collector took of it, and statements, by the clock. */
  readonly holdGcMs: number
  readonly holdSqlMs: number
  readonly pauseMs: number
  readonly pause: string
  readonly statementMs: number
  readonly statement: string
}

/** What was seen since the last call. */
export function takeHolds(): Holds {
  const byCpu = holds.toSorted((a, b) => b.hadMs - a.hadMs)
  const [worst] = byCpu
  const hold = longest(holds)
  const pause = longest(pauses)
  const statement = longest(statements)
  const seen = {
    holdMs: hold ? round(lengthMs(hold) - TURN_MS) : 0,
    holdCpuMs: round(worst?.hadMs ?? 0),
    holdsOver10Ms: byCpu.filter(({ hadMs }) => hadMs > 10).length,
    holdGcMs: worst ? shareMs(worst, pauses) : 0,
    holdSqlMs: worst ? shareMs(worst, statements) : 0,
    pauseMs: pause ? round(lengthMs(pause)) : 0,
    pause: pause?.name ?? '',
    statementMs: statement ? round(lengthMs(statement)) : 0,
    statement: statement?.name ?? '',
  }
  holds = []
  pauses = []
  statements = []
  lastMs = performance.now()
  lastHadMs = processorMs()
  return seen
}
