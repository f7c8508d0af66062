/** The order of test files: those that take longest begin, so that the workers end together. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that took longest when this was written, longest first; who is not named takes a few seconds. */
const longest = [
  'mesh/dev',
  'mesh/dev-reload',
  'mesh/parity',
  'deploy/deploy',
  'deploy/deploy-shop',
  'mesh/apps',
  'mesh/apps-bare',
  'cli/derive',
  'deploy/account',
  'deploy/derived',
  'runtime/runtime',
  'deploy/dry-run',
  'derive/stranger-deployment',
  'deploy/bindings',
  'mesh/shop',
  'conformance/conformance',
  'mesh/identity-edge',
  'cli/online',
  'cli/offline',
];

/** Vitest itself knows the durations of an earlier run only, which a fresh checkout has not. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = longest.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return index === -1 ? longest.length : index;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}
