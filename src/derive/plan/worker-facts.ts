/** What the plan must know of a Worker's code: whether the in-Worker runtime can stand before it, and what it exports. */
import type { Bundle, BundleFormat } from '../code/bundle.ts';
import type { SourceWorker } from '../configs/source-worker.ts';
import type { WorkerFacts } from './plan-input.ts';

const obstacles: Readonly<Partial<Record<BundleFormat, string>>> = {
  'service-worker': 'its script has the service-worker syntax, which has no exports',
  python: 'it is written in Python',
};

/** The runtime needs an ES module to stand before, and `env` to be importable. */
export function workerFacts({ compatibilityFlags }: SourceWorker, bundle: Bundle): WorkerFacts {
  const isModule = bundle.format === 'modules';
  const obstacle = compatibilityFlags.includes('disallow_importable_env')
    ? 'its flag disallow_importable_env keeps the runtime from its env'
    : obstacles[bundle.format];
  return {
    runtime: isModule && obstacle === undefined,
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(isModule ? { exports: bundle.exports } : {}),
  };
}
