import type { CounterName, GaugeName, HistogramName, Metrics } from '../../lib/domain/metrics.ts'

/** Keeps what was reported, to be looked at. */
export class RecordedMetrics implements Metrics {
  readonly #counters = new Map<CounterName, number>()
  readonly #observations = new Map<HistogramName, number[]>()
  readonly #gauges = new Map<GaugeName, () => number>()

  add(name: CounterName, by = 1): void {
    this.#counters.set(name, this.count(name) + by)
  }

  observe(name: HistogramName, seconds: number): void {
    this.#observations.set(name, [...this.observed(name), seconds])
  }

  gauge(name: GaugeName, read: () => number): void {
    this.#gauges.set(name, read)
  }

  count(name: CounterName): number {
    return this.#counters.get(name) ?? 0
  }

  observed(name: HistogramName): readonly number[] {
    return this.#observations.get(name) ?? []
  }

  read(name: GaugeName): number | undefined {
    return this.#gauges.get(name)?.()
  }
}
