import pino from 'pino'
import type { LogFields, Logger } from './domain/logger.ts'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly isPretty: boolean
  /** Defaults to standard output. */
  readonly destination?: NodeJS.WritableStream
}

const toLogger = (log: pino.Logger): Logger => ({
  debug: (message: string, fields?: LogFields) => log.debug(fields, message),
  info: (message: string, fields?: LogFields) => log.info(fields, message),
  warn: (message: string, fields?: LogFields) => log.warn(fields, message),
  error: (message: string, fields?: LogFields) => log.error(fields, message),
  child: (fields: LogFields) => toLogger(log.child(fields)),
})

/** One line an event on `destination`; errors under `err` with their stack and cause. Magnets' trackers and logins never reach it. */
export async function createLogger(options: LogOptions): Promise<Logger> {
  const destination = options.destination ?? process.stdout
  const stream = options.isPretty ? await prettied(destination) : destination
  return toLogger(
    pino(
      {
        level: options.level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        redact: ['password', 'token', 'authorization'],
      },
      stream,
    ),
  )
}

async function prettied(destination: NodeJS.WritableStream): Promise<NodeJS.WritableStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({
    destination,
    sync: true,
    colorize: 'isTTY' in destination && destination.isTTY === true,
    ignore: 'pid,hostname',
  })
}
