import type { Identifier } from '../domain/identify.ts'
import { runAtOnce } from '../domain/slices.ts'
import { identifyFilesInSteps } from './identify-files.ts'
import { readPath } from './identify-path.ts'

/** Pure and synchronous; holds no state. Neither method throws, whatever the text; both are linear in its length. */
export const identifier: Identifier = {
  identifyName(name) {
    const { rule: _rule, episodeName: _episodeName, seasonYear, ...identity } = readPath(name)
    return { ...identity, year: identity.year ?? seasonYear, confidence: Math.round(identity.confidence * 100) / 100 }
  },
  identifyFiles: (...files) => runAtOnce(identifyFilesInSteps(...files)),
  identifyFilesInSteps,
}
