import { expect } from 'chai'

/** What it rejects with; fails when it does not. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: unknown) => error,
  )
