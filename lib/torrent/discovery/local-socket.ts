import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Logger } from '../../domain/logger.ts'

const PORT = 6771
export const LOCAL_GROUPS = { udp4: '239.192.152.143', udp6: 'ff15::efc0:988f' } as const

/** A socket in a multicast group. */
export interface LocalSocket {
  /** As the `Host` field names it. */
  readonly group: string
  /** What cannot be sent is lost. */
  send(datagram: Uint8Array): void
  /** Idempotent. */
  close(): void
}

export type OpenLocalSocket = (
  family: keyof typeof LOCAL_GROUPS,
  onDatagram: (datagram: Uint8Array, host: string) => void,
) => LocalSocket

/** The group of local service discovery (BEP 14) on the network's default interface. Without multicast it hears and sends nothing. */
export function openLocalSocket(logger: Logger): OpenLocalSocket {
  return (family, onDatagram) => {
    const address = LOCAL_GROUPS[family]
    const socket: Socket = createSocket({ type: family, reuseAddr: true, ipv6Only: family === 'udp6' })
    let state: 'opening' | 'open' | 'closed' = 'opening'
    const close = () => {
      if (state === 'closed') return
      state = 'closed'
      socket.close()
    }
    socket.on('error', (error) => {
      logger.debug('local discovery is not to be had', { family, err: error })
      close()
    })
    socket.on('message', (datagram: Buffer, from: RemoteInfo) => onDatagram(datagram, from.address))
    socket.bind(PORT, () => {
      if (state === 'closed') return
      try {
        socket.addMembership(address)
        socket.setMulticastTTL(1)
        socket.setMulticastLoopback(true) // other programs of this machine are peers as well
        state = 'open'
      } catch (error) {
        logger.debug('local discovery is not to be had', { family, err: error })
        close()
      }
    })
    return {
      group: family === 'udp6' ? `[${address}]:${PORT}` : `${address}:${PORT}`,
      send(datagram) {
        if (state === 'open') socket.send(datagram, PORT, address, () => {})
      },
      close,
    }
  }
}
