import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseConfig } from '../../lib/config.ts'
import { type Clock, systemClock } from '../../lib/domain/clock.ts'
import { silentLogger } from '../../lib/domain/logger.ts'
import { LOOPBACK_SETTINGS } from '../support/running-app.ts'
import { takeHolds } from './hold-probe.ts'

// A service of the built program, with the probe beside it: `node held-service.ts <dist> <data directory>`. Told `audit`, it
// compares the tree with the library at once.

const [, , dist = '', dataDir = ''] = process.argv
const { App } = (await import(pathToFileURL(join(dist, 'app.js')).href)) as typeof import('../../lib/app.ts')

const AUDIT_MS = 15 * 60_000
let audit: (() => void) | undefined
const clock: Clock = {
  ...systemClock,
  timer(fire) {
    const timer = systemClock.timer(fire)
    return {
      ...timer,
      arm(delayMs) {
        if (delayMs === AUDIT_MS) audit = fire
        timer.arm(delayMs)
      },
      disarm: () => timer.disarm(),
      dispose: () => timer.dispose(),
    }
  },
}

const app = App.create(parseConfig({ ...LOOPBACK_SETTINGS, DATA_DIR: dataDir }), silentLogger, { clock })
process.on('message', (wanted) => {
  if (wanted === 'audit') audit?.()
  if (wanted === 'holds') process.send?.({ ...takeHolds(), rssMb: Math.round(process.memoryUsage.rss() / 1e6) })
  if (wanted === 'close') void app.close().then(() => process.disconnect())
})
takeHolds() // of the modules' loading
await app.start()
process.send?.({ drive: app.webdavUrl, api: app.apiUrl })
