import { Counter, Histogram, Registry } from 'prom-client'
import { systemClock } from '../../lib/domain/clock.ts'
import { PrometheusMetrics } from '../../lib/metrics/prometheus-metrics.ts'

// What reporting costs on the read path, beside prom-client called directly.
const CALLS = 2_000_000

function measure(name: string, call: () => void): void {
  for (let index = 0; index < CALLS / 10; index += 1) call()
  const started = performance.now()
  for (let index = 0; index < CALLS; index += 1) call()
  const nsPerCall = ((performance.now() - started) / CALLS) * 1e6
  console.log(JSON.stringify({ bench: 'metrics', case: name, nsPerCall: Math.round(nsPerCall * 10) / 10 }))
}

const metrics = new PrometheusMetrics(systemClock)
const registers = [new Registry()]
const counter = new Counter({ name: 'counter', help: 'counter', registers })
const histogram = new Histogram({ name: 'histogram', help: 'histogram', registers })

measure('add', () => metrics.add('read_bytes_total', 65_536))
measure('add, prom-client', () => counter.inc(65_536))
measure('observe', () => metrics.observe('piece_wait_seconds', 0.05))
measure('observe, prom-client', () => histogram.observe(0.05))

const started = performance.now()
for (let index = 0; index < 200; index += 1) await metrics.text()
const msPerScrape = Math.round(((performance.now() - started) / 200) * 100) / 100
console.log(JSON.stringify({ bench: 'metrics', case: 'scrape', msPerScrape }))
metrics.close()
