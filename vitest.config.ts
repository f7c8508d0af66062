import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The meshes that tests start are whole workerd processes; two cores carry two of them well.
    maxWorkers: 2,
    reporters: ['default', new ClosingLine()],
  },
});
