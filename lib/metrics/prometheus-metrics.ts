import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock } from '../domain/clock.ts'
import type { CounterName, GaugeName, HistogramName, Metrics } from '../domain/metrics.ts'
import { LoopDelay } from './loop-delay.ts'
import { COUNTERS, GAUGES, HISTOGRAMS, METRIC_PREFIX } from './metric-tables.ts'
import { registerProcessMetrics } from './process-metrics.ts'

/**
 * The metrics of one service in the Prometheus text format, version 0.0.4. Counters are plain numbers until a scrape
 * asks; nothing runs between scrapes but what `LoopDelay` says.
 */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry()
  readonly #counts: Record<CounterName, number>
  readonly #histograms: Record<HistogramName, Histogram.Internal<string>>
  readonly #gauges = new Map<GaugeName, () => number>()
  readonly #loopDelay: LoopDelay

  constructor(clock: Clock) {
    this.#counts = mapTable(COUNTERS, () => 0)
    const counts = this.#counts
    mapTable(
      COUNTERS,
      (help, key) =>
        new Counter({
          name: METRIC_PREFIX + key,
          help,
          registers: [this.#registry],
          collect() {
            this.reset()
            this.inc(counts[key])
          },
        }),
    )
    this.#histograms = mapTable(HISTOGRAMS, ({ help, buckets }, key) =>
      new Histogram({ name: METRIC_PREFIX + key, help, buckets: [...buckets], registers: [this.#registry] }).labels(),
    )
    this.#loopDelay = new LoopDelay(clock)
    registerProcessMetrics(this.#registry, METRIC_PREFIX, this.#loopDelay)
  }

  /** Of what `text` gives. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** What is not a positive number is ignored: a counter cannot fall, and reporting never fails. */
  add(name: CounterName, by = 1): void {
    if (by > 0 && by < Number.POSITIVE_INFINITY) this.#counts[name] += by
  }

  observe(name: HistogramName, seconds: number): void {
    if (Number.isFinite(seconds)) this.#histograms[name].observe(seconds)
  }

  /** The last reader given for a name counts. One that throws shows as NaN and spoils no other line of the scrape. */
  gauge(name: GaugeName, read: () => number): void {
    const isNew = !this.#gauges.has(name)
    this.#gauges.set(name, read)
    if (!isNew) return
    const gauges = this.#gauges
    new Gauge({
      name: METRIC_PREFIX + name,
      help: GAUGES[name],
      registers: [this.#registry],
      collect() {
        this.set(readOrNaN(gauges.get(name)))
      },
    })
  }

  /** One scrape. */
  async text(): Promise<string> {
    return await this.#registry.metrics()
  }

  close(): void {
    this.#loopDelay.close()
  }
}

function readOrNaN(read: (() => number) | undefined): number {
  try {
    return read?.() ?? Number.NaN
  } catch {
    return Number.NaN
  }
}

function mapTable<K extends string, R, V>(table: Readonly<Record<K, R>>, make: (row: R, key: K) => V): Record<K, V> {
  const entries = Object.entries(table) as [K, R][]
  return Object.fromEntries(entries.map(([key, row]) => [key, make(row, key)])) as Record<K, V>
}
