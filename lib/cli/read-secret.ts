import { AppError } from '../domain/errors.ts'
import type { CliInput, CliStream } from './cli-services.ts'

const MAX_CHARS = 1024
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const RUBOUT: ReadonlySet<string> = new Set(['\u007f', '\b'])

/**
 * One line: from a terminal without showing it, after the prompt; else the first of the stream. Fails with `invalid` for a
 * longer one than 1024 characters, `aborted` for Ctrl-C, or the signal's reason. What came with the line's end is dropped.
 */
export async function readSecret(
  prompt: string,
  input: CliInput,
  output: CliStream,
  signal: AbortSignal | undefined,
): Promise<string> {
  const isTerminal = input.isTTY === true
  if (isTerminal) {
    output.write(prompt)
    input.setRawMode?.(true)
  }
  input.setEncoding('utf8')
  let line = ''
  try {
    return await new Promise<string>((resolve, reject) => {
      const settle = (end: () => void): void => {
        input.off('data', onData)
        input.off('end', onEnd)
        input.off('error', onError)
        signal?.removeEventListener('abort', onAbort)
        input.pause()
        end()
      }
      const onEnd = (): void => settle(() => resolve(line))
      const onError = (error: Error): void => settle(() => reject(error))
      const onAbort = (): void => onError(signal?.reason as Error)
      const onData = (text: string): void => {
        const [typed = '', rest] = text.split(/\r\n?|\n/, 2)
        for (const char of typed) {
          if (isTerminal && char === CTRL_C) {
            onError(new AppError('aborted', 'interrupted'))
            return
          }
          if (isTerminal && RUBOUT.has(char)) line = Array.from(line).slice(0, -1).join('')
          else if (!isTerminal || char !== CTRL_D) line += char
        }
        if (line.length > MAX_CHARS) onError(new AppError('invalid', 'the password is too long'))
        else if (rest !== undefined || (isTerminal && typed.includes(CTRL_D))) onEnd()
      }
      input.on('data', onData)
      input.on('end', onEnd)
      input.on('error', onError)
      if (signal?.aborted) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
      input.resume()
    })
  } finally {
    if (isTerminal) {
      input.setRawMode?.(false)
      output.write('\n')
    }
  }
}
