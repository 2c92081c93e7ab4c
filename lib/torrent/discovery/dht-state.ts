import { readFile, rename, writeFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import type { Logger } from '../../domain/logger.ts'

export interface DhtContact {
  /** 40 hexadecimal digits. */
  readonly id: string
  readonly host: string
  readonly port: number
}

/** Our node's id and the nodes it knew. */
export interface DhtState {
  readonly id: string
  readonly nodes: readonly DhtContact[]
}

const MAX_NODES = 500
const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{40}$/.test(value)

function isContact(value: unknown): value is DhtContact {
  if (typeof value !== 'object' || value === null) return false
  const { id, host, port } = value as Record<string, unknown>
  const isPort = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65536
  return isId(id) && typeof host === 'string' && isIPv4(host) && isPort
}

/** Undefined when there is none; a damaged one is logged and ignored. */
export async function readDhtState(path: string, logger: Logger): Promise<DhtState | undefined> {
  const content = await readFile(path, 'utf8').catch(() => undefined)
  if (content === undefined) return undefined
  try {
    const { id, nodes } = JSON.parse(content) as Record<string, unknown>
    if (!isId(id) || !Array.isArray(nodes)) throw new TypeError('not a DHT table')
    return { id, nodes: nodes.filter(isContact).slice(0, MAX_NODES) }
  } catch (error) {
    logger.warn('the kept DHT table is damaged and ignored', { path, err: error })
    return undefined
  }
}

/** Replaces the file whole. What cannot be kept is logged: the next start asks the bootstrap nodes. */
export async function writeDhtState(path: string, state: DhtState, logger: Logger): Promise<void> {
  try {
    await writeFile(`${path}.tmp`, JSON.stringify({ id: state.id, nodes: state.nodes.slice(0, MAX_NODES) }))
    await rename(`${path}.tmp`, path)
  } catch (error) {
    logger.warn('the DHT table cannot be kept', { path, err: error })
  }
}
