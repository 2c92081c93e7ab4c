import { toAppError } from '../domain/errors.ts'
import type { DoctorCheck } from './cli-services.ts'
import type { Output } from './output.ts'
import { printable } from './text-width.ts'

/** Runs the checks one after the other, telling each as it is known. Exit code 1 when any failed. */
export async function doctorCommand(checks: readonly DoctorCheck[], output: Output): Promise<number> {
  const results: { name: string; ok: boolean; detail: string; advice?: string }[] = []
  for (const check of checks) {
    const result = { name: check.name, ...(await outcome(check)) }
    results.push(result)
    if (output.isJson) continue
    output.line(`${result.ok ? 'ok  ' : 'FAIL'}  ${result.name}: ${printable(result.detail)}`)
    if (result.advice !== undefined) output.line(`      ${printable(result.advice)}`)
  }
  const failures = results.filter((result) => !result.ok).length
  if (output.isJson) output.json({ ok: failures === 0, checks: results })
  else output.line(failures === 0 ? 'Everything is well.' : `${failures} of ${results.length} checks failed.`)
  return failures === 0 ? 0 : 1
}

async function outcome(check: DoctorCheck): ReturnType<DoctorCheck['run']> {
  try {
    return await check.run()
  } catch (error) {
    return { ok: false, detail: toAppError(error).message }
  }
}
