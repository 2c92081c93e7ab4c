import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Holds } from './hold-probe.ts'
import { NODE_FLAGS } from './node-flags.ts'

const ENTRY = fileURLToPath(new URL('./held-service.ts', import.meta.url))

/** `held-service.ts` in a process of its own. */
export class HeldService {
  readonly drive: string
  readonly api: string
  readonly #child: ChildProcess

  constructor(child: ChildProcess, urls: { readonly drive: string; readonly api: string }) {
    this.#child = child
    this.drive = urls.drive
    this.api = urls.api
  }

  /** @param dist where the program was built to */
  static async start(dist: string, dataDir: string): Promise<HeldService> {
    const child = fork(ENTRY, [dist, dataDir], {
      execArgv: [...NODE_FLAGS, '--import', 'tsx'],
    })
    const [urls] = (await once(child, 'message')) as [{ drive: string; api: string }]
    return new HeldService(child, urls)
  }

  /** Compares the tree with the library, as the service does every 15 minutes. */
  audit(): void {
    this.#child.send('audit')
  }

  /** Since the last call. */
  async holds(): Promise<Holds & { readonly rssMb: number }> {
    this.#child.send('holds')
    const [seen] = (await once(this.#child, 'message')) as [Holds & { rssMb: number }]
    return seen
  }

  async close(): Promise<void> {
    this.#child.send('close')
    await once(this.#child, 'exit')
  }
}
