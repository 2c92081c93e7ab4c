import type { IncomingMessage, ServerResponse } from 'node:http'

/** What one request gets in place of its answer. */
export type Fault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: unknown
    }
  | { readonly kind: 'json'; readonly body: unknown }
  /** A page of another site. */
  | { readonly kind: 'garbage' }
  /** The connection ends in the middle of the body. */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'broken' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'huge'; readonly bytes: number }
  | { readonly kind: 'image'; readonly contentType: string; readonly body: Buffer }

/** Faults on demand of a local server that stands for a service. */
export class HttpFaults {
  readonly #planned: { readonly path: RegExp; readonly fault: Fault; left: number }[] = []
  readonly #timers = new Set<NodeJS.Timeout>()

  /** The next `times` requests whose path matches get this. */
  plan(path: RegExp, fault: Fault, times: number): void {
    this.#planned.push({ path, fault, left: times })
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  /** By a fault if one is planned, and else by `answer`. */
  answer(path: string, req: IncomingMessage, res: ServerResponse, answer: () => void): void {
    const planned = this.#planned.find((one) => one.left > 0 && one.path.test(path))
    if (planned) {
      planned.left--
      this.#fail(planned.fault, req, res, answer)
    } else answer()
  }

  #fail(fault: Fault, req: IncomingMessage, res: ServerResponse, answer: () => void): void {
    switch (fault.kind) {
      case 'status':
        json(res, fault.status, fault.body ?? { success: false, status_message: 'a fault on demand' }, fault.headers)
        return
      case 'json':
        json(res, 200, fault.body)
        return
      case 'garbage':
        res.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please log in to the Wi-Fi</body></html>')
        return
      case 'truncated':
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': 5000 })
        res.write('{"page":1,"results":[{"id":6', () => req.socket.destroy())
        return
      case 'broken':
        req.socket.destroy()
        return
      case 'silent':
        return
      case 'slow': {
        const timer = setTimeout(() => {
          this.#timers.delete(timer)
          answer()
        }, fault.delayMs)
        this.#timers.add(timer)
        return
      }
      case 'redirect':
        res.writeHead(302, { location: fault.to }).end()
        return
      case 'huge':
        res.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.alloc(fault.bytes, ' '))
        return
      case 'image':
        res.writeHead(200, { 'content-type': fault.contentType }).end(fault.body)
    }
  }
}

export function json(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json;charset=utf-8', ...headers }).end(JSON.stringify(body))
}
