/** What the scheduler sees of a connected peer. */
export interface BlockPeer {
  /** `host:port`. */
  readonly address: string
  /** Blocks that it queues (BEP 10 `reqq`). */
  readonly requestQueue: number
  /** True for one that drops no request in silence, and answers in any order. Others answer in order, or nearly. */
  readonly answersAll?: boolean
  has(piece: number): boolean
  /** Both are collected until `flush`. */
  request(piece: number, offsetBytes: number, lengthBytes: number): void
  cancel(piece: number, offsetBytes: number, lengthBytes: number): void
  /** Sends what was collected as one chunk. */
  flush(): void
}
