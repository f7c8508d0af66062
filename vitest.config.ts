import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';
import { LongestFirst } from './test/support/longest-first.ts';

const all = 'test/**/*.test.ts';

/**
 * Files that change what their whole process has, its folder (in which esbuild then lives on), environment and signals, or that
 * take much of its memory.
 */
const alone = [
  'cli/*',
  'conformance/*',
  'deploy/*',
  'runtime/*',
  'soak/*',
  'mesh/{apps,dev,shop}/*',
  'mesh/parity*',
].map((part) => `test/${part}.test.ts`);

export default defineConfig({
  test: {
    // Bounds for a machine that has much else to do, where an idle one needs a tenth; nothing waits for them that goes as it should.
    testTimeout: 180_000,
    hookTimeout: 360_000,
    expect: { poll: { timeout: 20_000 } },
    setupFiles: ['test/support/law-seed.ts'],
    // The meshes that tests start are whole workerd processes, for which a worker waits a fifth of its time: three keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', new ClosingLine()],
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      // A process of its own costs each file more than a second, most of which goes into loading the same modules again.
      { extends: true, test: { name: 'shared', include: [all], exclude: alone, isolate: false } },
    ],
  },
});
