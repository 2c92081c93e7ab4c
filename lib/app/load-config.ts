import { type Config, parseConfig, readEnvironment } from '../config.ts'

/** The settings of this process. Throws `invalid` with a line that names the wrong one. */
export const loadConfig = (): Config => parseConfig(readEnvironment(process.env))
