import type { DoctorCheck, Finding } from '../domain/doctor.ts'
import { toAppError } from '../domain/errors.ts'
import type { Output } from './output.ts'
import { printable } from './text-width.ts'
import { counted } from './units.ts'

const LABELS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const

/** Runs the checks one after the other, telling each as it is known. Exit code 1 when any failed; a warning is no failure. */
export async function doctorCommand(
  checks: readonly DoctorCheck[],
  output: Output,
  signal?: AbortSignal,
): Promise<number> {
  const results: ({ readonly name: string } & Finding)[] = []
  for (const check of checks) {
    const finding = await outcome(check, signal)
    if (!finding) continue
    results.push({ name: check.name, ...finding })
    if (output.isJson) continue
    output.line(`${LABELS[finding.level]}  ${check.name}: ${printable(finding.detail)}`)
    if (finding.advice !== undefined) output.line(`      ${printable(finding.advice)}`)
  }
  const count = (level: Finding['level']): number => results.filter((result) => result.level === level).length
  const [failures, warnings] = [count('fail'), count('warn')]
  if (output.isJson) output.json({ ok: failures === 0, checks: results })
  else output.line(summary(failures, warnings, results.length))
  return failures === 0 ? 0 : 1
}

function summary(failures: number, warnings: number, checks: number): string {
  const warned = warnings === 0 ? '' : counted(warnings, 'warning')
  if (failures > 0) return `${failures} of ${checks} checks failed${warned && `, ${warned}`}.`
  return warned === '' ? 'Everything is well.' : `${warned}, nothing failed.`
}

async function outcome(check: DoctorCheck, signal: AbortSignal | undefined): Promise<Finding | undefined> {
  try {
    return await check.run(signal)
  } catch (error) {
    if (signal?.aborted) throw error
    return { level: 'fail', detail: toAppError(error).message }
  }
}
