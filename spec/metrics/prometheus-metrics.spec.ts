import { expect } from 'chai'
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../lib/metrics/metric-tables.ts'
import { PrometheusMetrics } from '../../lib/metrics/prometheus-metrics.ts'
import { ManualClock } from '../support/manual-clock.ts'

/** The value of each sample line, by its name with labels. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

describe('PrometheusMetrics', () => {
  let clock: ManualClock
  let metrics: PrometheusMetrics
  const scrape = async () => samples(await metrics.text())

  beforeEach(() => {
    clock = new ManualClock()
    metrics = new PrometheusMetrics(clock)
  })
  afterEach(() => metrics.close())

  it('shows every counter and histogram of the port from the start, at zero', async () => {
    const found = await scrape()
    for (const name of Object.keys(COUNTERS)) expect(found.get(`momoshtrem_${name}`), name).to.equal(0)
    for (const name of Object.keys(HISTOGRAMS)) expect(found.get(`momoshtrem_${name}_count`), name).to.equal(0)
  })

  it('adds to counters, and ignores what cannot be added', async () => {
    metrics.add('reads_total')
    metrics.add('read_bytes_total', 1000)
    metrics.add('read_bytes_total', 24)
    for (const nonsense of [-1, Number.NaN, Number.POSITIVE_INFINITY, 0]) metrics.add('read_bytes_total', nonsense)
    const found = await scrape()
    expect(found.get('momoshtrem_reads_total')).to.equal(1)
    expect(found.get('momoshtrem_read_bytes_total')).to.equal(1024)
    expect((await scrape()).get('momoshtrem_read_bytes_total'), 'a second scrape').to.equal(1024)
  })

  it('puts observations in the buckets of their seconds', async () => {
    metrics.observe('listing_seconds', 0.003)
    metrics.observe('listing_seconds', 20)
    metrics.observe('listing_seconds', Number.NaN)
    const found = await scrape()
    expect(found.get('momoshtrem_listing_seconds_bucket{le="0.0025"}')).to.equal(0)
    expect(found.get('momoshtrem_listing_seconds_bucket{le="0.005"}')).to.equal(1)
    expect(found.get('momoshtrem_listing_seconds_bucket{le="10"}')).to.equal(1)
    expect(found.get('momoshtrem_listing_seconds_bucket{le="+Inf"}')).to.equal(2)
    expect(found.get('momoshtrem_listing_seconds_sum')).to.be.closeTo(20.003, 1e-9)
  })

  it('reads gauges at each scrape, by the last reader given', async () => {
    let readers = 3
    metrics.gauge('open_readers', () => 99)
    metrics.gauge('open_readers', () => readers)
    expect((await scrape()).get('momoshtrem_open_readers')).to.equal(3)
    readers = 4
    const found = await scrape()
    expect(found.get('momoshtrem_open_readers')).to.equal(4)
    expect(found.has('momoshtrem_peers'), 'a gauge that nobody reads').to.equal(false)
    expect(Object.keys(GAUGES)).to.include('peers')
  })

  it('answers a scrape although a gauge cannot be read', async () => {
    metrics.gauge('peers', () => {
      throw new Error('closed')
    })
    metrics.gauge('tree_entries', () => 5)
    const found = await scrape()
    expect(found.get('momoshtrem_peers')).to.be.NaN
    expect(found.get('momoshtrem_tree_entries')).to.equal(5)
  })

  it('shows the process: memory, processor, event loop', async () => {
    const found = await scrape()
    expect(found.get('momoshtrem_process_resident_memory_bytes')).to.be.greaterThan(10e6)
    expect(found.get('momoshtrem_process_cpu_user_seconds_total')).to.be.greaterThan(0)
    expect(found.get('momoshtrem_process_start_time_seconds')).to.be.closeTo(Date.now() / 1000, 3600)
    expect(found.get('momoshtrem_nodejs_eventloop_utilization')).to.be.within(0, 1)
  })

  it('tells a held event loop at the next scrape', async () => {
    await metrics.text()
    await new Promise((resolve) => setTimeout(resolve, 60)) // the first sample must have been taken
    const untilMs = performance.now() + 200
    while (performance.now() < untilMs);
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect((await scrape()).get('momoshtrem_nodejs_eventloop_delay_max_seconds')).to.be.within(0.1, 5)
  })

  it('samples the event loop only while somebody scrapes', async () => {
    expect(clock.pendingTimers).to.equal(0)
    await metrics.text()
    expect(clock.pendingTimers).to.equal(1)
    clock.advance(119_000)
    await metrics.text()
    clock.advance(119_000)
    expect(clock.pendingTimers).to.equal(1)
    clock.advance(2000)
    expect(clock.pendingTimers).to.equal(0)
    expect((await scrape()).get('momoshtrem_nodejs_eventloop_delay_max_seconds'), 'begins anew').to.equal(0)
  })

  it('leaves no timer when closed, and may be closed twice', async () => {
    await metrics.text()
    metrics.close()
    metrics.close()
    expect(clock.pendingTimers).to.equal(0)
  })

  it('keeps two instances apart', async () => {
    const other = new PrometheusMetrics(clock)
    metrics.add('reads_total', 2)
    expect(samples(await other.text()).get('momoshtrem_reads_total')).to.equal(0)
    other.close()
  })
})
