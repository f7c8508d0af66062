import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The meshes that tests start are whole workerd processes; two cores carry two of them well.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', new ClosingLine()],
  },
});
