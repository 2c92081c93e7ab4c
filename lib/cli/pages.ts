import { throwIfAborted } from '../domain/abort.ts'

/** The most that one call answers with. */
const PAGE_ITEMS = 500

interface PageAnswer<T> {
  readonly items: readonly T[]
  readonly total: number
}

/** All items; ends when a page is empty, whatever the totals say meanwhile. Fails with the signal's reason. */
export async function allPages<T>(
  read: (page: { readonly limit: number; readonly offset: number }) => Promise<PageAnswer<T>>,
  signal: AbortSignal | undefined,
): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    throwIfAborted(signal)
    const { items, total } = await read({ limit: PAGE_ITEMS, offset: all.length })
    all.push(...items)
    if (items.length === 0 || all.length >= total) return all
  }
}
