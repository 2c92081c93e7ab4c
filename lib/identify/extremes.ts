/** The smallest of any many: spread into `Math.min`, a hundred thousand overflow the stack. Infinity of none. */
export const least = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.min(a, b), Infinity)

/** The largest of any many; 0 of none. */
export const most = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b), 0)
