/** As the Makefile starts the service. */
export const NODE_FLAGS = ['--max-semi-space-size=2', '--no-regexp-tier-up'] as const
