import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { newDirectory, removeDirectory, stop } from './service.ts'

export interface Look {
  readonly widthPx: number
  readonly scheme: 'light' | 'dark'
}

/** What a page was like. */
export interface Seen {
  readonly text: string
  /** How far it is wider than the window. */
  readonly overflowPx: number
  /** Messages of the console, security policies included, and failed requests. */
  readonly complaints: readonly string[]
  /** Every address that was asked for. */
  readonly requests: readonly string[]
  readonly png: Buffer
}

interface Message {
  readonly id?: number
  readonly sessionId?: string
  readonly method?: string
  // biome-ignore lint/suspicious/noExplicitAny: of the protocol, as the caller knows it
  readonly params?: any
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly result?: any
  readonly error?: { readonly message: string }
}

const MAX_PAGE_HEIGHT_PX = 2400

/** A headless Chromium, driven over a pipe (Chrome DevTools Protocol): real phone widths and colour schemes. */
export class Chromium {
  readonly #child: ChildProcess
  readonly #profile: string
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  readonly #listeners = new Set<(message: Message) => void>()
  #lastId = 0
  #unread = ''

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child
    this.#profile = profile
    ;(child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.#onData(text))
  }

  static start(): Chromium {
    const profile = newDirectory('chromium')
    const settings = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', '--no-first-run']
    const child = spawn('chromium', [...settings, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    })
    return new Chromium(child, profile)
  }

  /** Opens a page in a tab of its own, and pictures it in its whole length, with what folds unfolded. */
  async see(url: string, { widthPx, scheme }: Look): Promise<Seen> {
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true })
    const send = (method: string, params: object = {}) => this.#send(method, params, sessionId)
    const [complaints, requests]: [string[], string[]] = [[], []]
    let loaded = (): void => {}
    const isLoaded = new Promise<void>((resolve) => {
      loaded = resolve
    })
    const listener = ({ sessionId: from, method, params }: Message): void => {
      if (from !== sessionId) return
      if (method === 'Page.loadEventFired') loaded()
      if (method === 'Network.requestWillBeSent') requests.push(params.request.url)
      if (method === 'Network.loadingFailed') complaints.push(params.errorText)
      if (method === 'Log.entryAdded') complaints.push(`${params.entry.text} ${params.entry.url ?? ''}`)
      if (method === 'Runtime.exceptionThrown') complaints.push(params.exceptionDetails.text)
      if (method === 'Runtime.consoleAPICalled') complaints.push(JSON.stringify(params.args))
    }
    this.#listeners.add(listener)
    for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await send(`${domain}.enable`)
    const size = { width: widthPx, deviceScaleFactor: 1, mobile: widthPx < 600 }
    await send('Emulation.setDeviceMetricsOverride', { ...size, height: 800 })
    await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
    await send('Page.navigate', { url })
    await isLoaded
    const evaluate = async (expression: string) =>
      (await send('Runtime.evaluate', { expression, returnByValue: true })).result.value
    await evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`)
    const overflowPx = await evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    const text = await evaluate('document.body.innerText')
    const height = Math.min(MAX_PAGE_HEIGHT_PX, await evaluate('document.documentElement.scrollHeight'))
    await send('Emulation.setDeviceMetricsOverride', { ...size, height })
    const { data } = await send('Page.captureScreenshot', { format: 'png' })
    this.#listeners.delete(listener)
    await this.#send('Target.closeTarget', { targetId })
    return { text, overflowPx, complaints, requests, png: Buffer.from(data, 'base64') }
  }

  async close(): Promise<void> {
    await stop(this.#child)
    removeDirectory(this.#profile)
  }

  // biome-ignore lint/suspicious/noExplicitAny: of the protocol, as the caller knows it
  #send(method: string, params: object, sessionId?: string): Promise<any> {
    const id = ++this.#lastId
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    ;(this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return answer
  }

  #onData(text: string): void {
    const messages = (this.#unread + text).split('\0')
    this.#unread = messages.pop() ?? ''
    for (const one of messages) {
      const message = JSON.parse(one) as Message
      for (const listener of this.#listeners) listener(message)
      const waiting = this.#waiting.get(message.id ?? 0)
      if (!waiting) continue
      this.#waiting.delete(message.id ?? 0)
      if (message.error) waiting.reject(new Error(message.error.message))
      else waiting.resolve(message.result)
    }
  }
}
