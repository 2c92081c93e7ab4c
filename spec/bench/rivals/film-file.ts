import { execFile } from 'node:child_process'
import { join } from 'node:path'

const SECONDS = 40

const ffmpeg = (args: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, ...(signal ? { signal } : {}) }
    execFile('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], options, (error) =>
      error ? reject(new Error(error.message.slice(0, 200))) : resolve(),
    )
  })

/** An MP4 whose `moov` stands last, and the same film as a Matroska file; some 60 MB each. */
export async function makeFilms(directory: string): Promise<{ readonly mp4: string; readonly mkv: string }> {
  const mp4 = join(directory, 'made.mp4')
  const mkv = join(directory, 'made.mkv')
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=25:duration=${SECONDS}`]
  await ffmpeg([...picture, '-c:v', 'mjpeg', '-q:v', '4', '-pix_fmt', 'yuvj420p', mp4], 60_000)
  await ffmpeg(['-i', mp4, '-c', 'copy', mkv], 20_000)
  return { mp4, mkv }
}

/** Milliseconds until the first frame is decoded, the start of the player counted. */
export async function firstFrameMs(location: string, signal: AbortSignal): Promise<number> {
  const start = performance.now()
  await ffmpeg(['-i', location, '-frames:v', '1', '-f', 'null', '-'], 15_000, signal)
  return performance.now() - start
}
