import { execFile } from 'node:child_process'

const TIMED_OUT = 28

export interface CurlOptions {
  /** `first-last`, in bytes. Default all. */
  readonly range?: string
  /** How often in a row, over one connection. Default once. */
  readonly times?: number
  /** For each time; what came by then counts. */
  readonly maxMs: number
}

/** Reads a URL with curl, to nowhere; the bytes and the milliseconds, of all times together. */
export const fetched = (
  url: string,
  { range, times = 1, maxMs }: CurlOptions,
): Promise<{ readonly bytes: number; readonly ms: number }> =>
  new Promise((resolve, reject) => {
    const args = ['-sS', '--max-time', `${maxMs / 1000}`, '-w', '%{size_download} %{time_total}\\n']
    if (range !== undefined) args.push('-r', range)
    for (let time = 0; time < times; time++) args.push('-o', '/dev/null', url)
    execFile('curl', args, (error, output) => {
      if (error && error.code !== TIMED_OUT) return reject(error)
      let [bytes, ms] = [0, 0]
      for (const line of output.trim().split('\n')) {
        const [size = 0, seconds = 0] = line.split(' ').map(Number)
        bytes += size
        ms += seconds * 1000
      }
      resolve({ bytes, ms })
    })
  })
