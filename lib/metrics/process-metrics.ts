import { performance } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { LoopDelay } from './loop-delay.ts'

interface Sample {
  readonly name: string
  readonly help: string
  readonly read: () => number
}

/**
 * Process figures under the names that dashboards for Node know. Not prom-client's own set: that one keeps a timer of
 * 100 wake-ups a second and an observer of garbage collections which nothing can stop.
 */
export function registerProcessMetrics(registry: Registry, prefix: string, loopDelay: LoopDelay): void {
  const startedAtSeconds = Math.round(performance.timeOrigin) / 1000
  const gauges: readonly Sample[] = [
    { name: 'process_start_time_seconds', help: 'Start, seconds since the epoch.', read: () => startedAtSeconds },
    { name: 'process_resident_memory_bytes', help: 'Resident memory.', read: () => process.memoryUsage.rss() },
    { name: 'nodejs_heap_size_used_bytes', help: 'Used JavaScript heap.', read: () => process.memoryUsage().heapUsed },
    { name: 'nodejs_heap_size_total_bytes', help: 'JavaScript heap.', read: () => process.memoryUsage().heapTotal },
    { name: 'nodejs_array_buffers_bytes', help: 'Memory of buffers.', read: () => process.memoryUsage().arrayBuffers },
    { name: 'nodejs_active_resources', help: 'Sockets, timers and requests.', read: activeResources },
    { name: 'nodejs_eventloop_utilization', help: 'Busy share since the start.', read: loopUtilization },
  ]
  for (const { name, help, read } of gauges) {
    new Gauge({
      name: prefix + name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  registerCpu(registry, prefix)
  registerLoopDelay(registry, prefix, loopDelay)
}

const activeResources = (): number => process.getActiveResourcesInfo().length
const loopUtilization = (): number => performance.eventLoopUtilization().utilization

function registerCpu(registry: Registry, prefix: string): void {
  for (const kind of ['user', 'system'] as const) {
    new Counter({
      name: `${prefix}process_cpu_${kind}_seconds_total`,
      help: `Processor time in ${kind} mode.`,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(process.cpuUsage()[kind] / 1e6)
      },
    })
  }
}

/** The three gauges of one reading: the first to be collected takes it for all. */
function registerLoopDelay(registry: Registry, prefix: string, loopDelay: LoopDelay): void {
  const gauge = (kind: string, help: string, collect?: () => void) =>
    new Gauge({
      name: `${prefix}nodejs_eventloop_delay_${kind}_seconds`,
      help,
      registers: [registry],
      ...(collect && { collect }),
    })
  const mean = gauge('mean', 'Mean event-loop delay since the last scrape.', () => {
    const delays = loopDelay.take()
    mean.set(delays.meanSeconds)
    p99.set(delays.p99Seconds)
    max.set(delays.maxSeconds)
  })
  const p99 = gauge('p99', '99th percentile of the event-loop delay since the last scrape.')
  const max = gauge('max', 'Longest event-loop delay since the last scrape.')
}
