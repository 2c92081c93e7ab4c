import { type Clock, systemClock } from '../../lib/domain/clock.ts'

/** The system's time, running this many times faster, or slower: what waits for minutes takes seconds. */
export function hurriedClock(times: number): Clock {
  const startedMs = Date.now()
  return {
    nowMs: () => startedMs + Math.round((Date.now() - startedMs) * times),
    monotonicMs: () => performance.now() * times,
    after: (delayMs, fire) => systemClock.after(delayMs / times, fire),
    timer(fire) {
      const timer = systemClock.timer(fire)
      return {
        arm: (delayMs) => timer.arm(delayMs / times),
        disarm: () => timer.disarm(),
        dispose: () => timer.dispose(),
      }
    },
  }
}
