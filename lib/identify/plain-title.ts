/** A title to compare: its letters and digits in lower case. */
export const plainTitle = (title: string | null): string => (title ?? '').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/** The same without accents, as scene files write. */
export const bareTitle = (title: string | null): string => plainTitle((title ?? '').normalize('NFKD'))
