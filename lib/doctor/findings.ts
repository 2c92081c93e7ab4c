import type { Finding } from '../domain/doctor.ts'

export const ok = (detail: string): Finding => ({ level: 'ok', detail })
export const warn = (detail: string, advice: string): Finding => ({ level: 'warn', detail, advice })
export const fail = (detail: string, advice: string): Finding => ({ level: 'fail', detail, advice })

const GIB = 1024 ** 3
const MIB = 1024 ** 2

/** GiB, or MiB below one. */
export const sizeText = (bytes: number): string =>
  bytes < GIB ? `${(bytes / MIB).toFixed(0)} MiB` : `${(bytes / GIB).toFixed(1)} GiB`

/** `1 folder`, `2 folders`; `many` for a noun that takes more than an s. */
export const countText = (count: number, noun: string, many = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : many}`
