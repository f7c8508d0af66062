/**
 * The cases of every law (fast-check) are the same at each run of the tests, so that a commit is judged by what it changes and
 * not by what chance drew today. New cases are drawn by `npm run laws`, which sets the seed.
 */
import fc from 'fast-check';

const seed = Number(process.env.SELVEDGE_LAW_SEED ?? 1);
if (!Number.isInteger(seed))
  throw new Error(`SELVEDGE_LAW_SEED is a whole number, not "${process.env.SELVEDGE_LAW_SEED}"`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
