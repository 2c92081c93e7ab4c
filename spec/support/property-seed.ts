import fc from 'fast-check'

/**
 * Properties are tried with the same values in each run, so that only a change can make one fail; `PROPERTY_SEED=random`
 * looks further, a number repeats what it found.
 */
const given = process.env.PROPERTY_SEED ?? '20261123'
if (given !== 'random') fc.configureGlobal({ seed: Number(given) })
