import type { Socket } from 'node:net'
import { AppError } from '../domain/errors.ts'

/** One for all: every connection ends once, and a stack costs more than the rest of its end. */
const LEFT = new AppError('aborted', 'the client left')
const signals = new WeakMap<Socket, AbortSignal>()

/**
 * Aborts with `aborted` when the connection closes. One for all requests of a connection, which are answered one after
 * another: making it costs more than all else that a small read does outside the kernel.
 */
export function connectionSignal(socket: Socket): AbortSignal {
  const known = signals.get(socket)
  if (known) return known
  const controller = new AbortController()
  const abort = (): void => controller.abort(LEFT)
  if (socket.destroyed) abort()
  else socket.once('close', abort)
  signals.set(socket, controller.signal)
  return controller.signal
}
