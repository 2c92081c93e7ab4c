import type { RootHookObject } from 'mocha'

/** What a spec may leave behind for a moment: closing sockets and thread-pool work end within some turns of the loop. */
const GRACE_MS = 10_000
const END_MS = 15_000
const WATCHED = new Set([
  'Timeout',
  'TCPSocketWrap',
  'TCPServerWrap',
  'UDPWrap',
  'PipeWrap',
  'MessagePort',
  'Worker',
  'ProcessWrap',
])

function counts(): Map<string, number> {
  const found = new Map<string, number>()
  for (const type of process.getActiveResourcesInfo()) {
    if (WATCHED.has(type)) found.set(type, (found.get(type) ?? 0) + 1)
  }
  return found
}

function surplus(before: Map<string, number>): string[] {
  return [...counts()].flatMap(([type, count]) => {
    const more = count - (before.get(type) ?? 0)
    return more > 0 ? [`${more} ${type}`] : []
  })
}

let before = new Map<string, number>()

/** Fails the spec file whose suites leave a timer, socket, listener or worker behind. Mocha's own timers are in `before`. */
export const mochaHooks: RootHookObject = {
  beforeAll(done) {
    setImmediate(() => {
      before = counts()
      done()
    })
  },
  async afterAll() {
    const deadline = performance.now() + GRACE_MS
    // Node itself keeps one timer for this loop, hence the count after the wait and not during it.
    while (surplus(before).length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    const left = surplus(before)
    if (left.length === 0) return
    // What was left may keep the process alive: it ends all the same, a while after the report.
    setTimeout(() => process.exit(1), END_MS).unref()
    throw new Error(`left behind by a spec: ${left.join(', ')}`)
  },
}
