import type { Finding } from '../domain/doctor.ts'
import type { DoctorOptions, DoctorSettings } from './doctor-options.ts'
import type { ServiceProbe } from './service-probe.ts'

/** What a check looks at. */
export interface CheckContext {
  readonly settings: DoctorSettings
  readonly options: DoctorOptions
  readonly service: ServiceProbe
}

/** Undefined when there is nothing to look at. */
export type Check = (context: CheckContext, signal: AbortSignal) => Promise<Finding | undefined>

/** A check that takes the running service: without it there is nothing to look at. */
export const whileRunning =
  (check: Check): Check =>
  async (context, signal) =>
    (await context.service.isRunning(signal)) ? await check(context, signal) : undefined
