import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';
import { LongestFirst } from './test/support/longest-first.ts';

const compileCache = fileURLToPath(new URL('./test/support/compile-cache.cjs', import.meta.url));

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The meshes that tests start are whole workerd processes; two cores carry two of them well.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // For the workers themselves, and for each wrangler that a test starts.
    execArgv: ['--require', compileCache],
    env: { NODE_OPTIONS: [process.env.NODE_OPTIONS, `--require=${JSON.stringify(compileCache)}`].join(' ').trim() },
    reporters: ['default', new ClosingLine()],
  },
});
