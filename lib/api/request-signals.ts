import type { FastifyReply } from 'fastify'
import { AppError } from '../domain/errors.ts'

/** The signals of requests that wait: each aborts when its client leaves, all of them by `abortAll`. */
export class RequestSignals {
  readonly #waiting = new Set<AbortController>()
  #ended: AppError | undefined

  /** Runs `work` with a signal that ends with the connection. */
  async run<T>(reply: FastifyReply, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    const onClose = () => controller.abort(new AppError('aborted', 'the client left'))
    if (reply.raw.destroyed) onClose()
    else if (this.#ended) controller.abort(this.#ended)
    reply.raw.once('close', onClose)
    this.#waiting.add(controller)
    try {
      return await work(controller.signal)
    } finally {
      this.#waiting.delete(controller)
      reply.raw.off('close', onClose)
    }
  }

  /** Later ones begin aborted. */
  abortAll(reason: AppError): void {
    this.#ended = reason
    for (const controller of this.#waiting) controller.abort(reason)
  }
}
