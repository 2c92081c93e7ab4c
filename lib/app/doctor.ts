import { doctorChecks } from '../doctor/doctor.ts'
import { openFilesLimit } from '../doctor/open-files-limit.ts'
import { systemClock } from '../domain/clock.ts'
import type { DoctorCheck } from '../domain/doctor.ts'
import { MIGRATIONS_DIR } from '../library/migrations.ts'
import { parseUsers } from '../webdav/password-users.ts'
import { loadConfig } from './load-config.ts'

/** Of this machine and the installation that its settings describe. */
export function createDoctorChecks(): readonly DoctorCheck[] {
  return doctorChecks({
    loadSettings: loadConfig,
    clock: systemClock,
    nodeVersion: process.versions.node,
    openFilesLimit,
    migrationsDir: MIGRATIONS_DIR,
    countUsers: (text) => parseUsers(text).length,
  })
}
