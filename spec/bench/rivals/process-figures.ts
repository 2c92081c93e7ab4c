import { readFileSync } from 'node:fs'

const TICKS_PER_S = 100

/** Of a process so far: processor time of all its threads, and the most memory it held at a time. */
export function processFigures(pid: number): { readonly cpuS: number; readonly peakRssMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return {
    cpuS: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S,
    peakRssMb: (Number(peak?.[1] ?? 0) * 1024) / 1e6,
  }
}
