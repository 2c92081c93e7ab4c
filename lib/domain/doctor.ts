/** `warn`: it works, but something is better changed. `fail`: something does not work. */
export type FindingLevel = 'ok' | 'warn' | 'fail'

export interface Finding {
  readonly level: FindingLevel
  /** What was found, for a person. */
  readonly detail: string
  /** What to do about it; there is always some unless it is `ok`. */
  readonly advice?: string
}

export interface DoctorCheck {
  readonly name: string
  /**
   * Undefined when there is nothing to look at: the feature is off, or it takes a running service. A check that throws has
   * failed. Waits some seconds at most.
   */
  run(signal?: AbortSignal): Promise<Finding | undefined>
}
