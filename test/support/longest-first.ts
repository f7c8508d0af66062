/** The order of test files: those that take longest begin, so that the workers end together. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that took longest when this was written, longest first; who is not named takes a few seconds. */
const longest = [
  'deploy/deploy-shop',
  'deploy/deploy',
  'mesh/dev/dev-reload',
  'mesh/shop/shop',
  'mesh/apps/apps',
  'mesh/dev/dev',
  'mesh/apps/apps-bare',
  'deploy/bindings',
  'mesh/parity',
  'deploy/account',
  'cli/derive',
  'runtime/runtime',
  'soak/rpc-soak',
  'deploy/derived',
  'deploy/dry-run',
  'conformance/conformance',
  'mesh/identity/identity-edge',
  'mesh/registry',
  'mesh/identity/user-tokens',
  'mesh/identity/identity-rotation',
  'mesh/identity/identity-federation',
  'mesh/identity/identity-operators',
  'derive/stranger-deployment',
  'mesh/abandoned',
];

/**
 * Vitest itself knows the durations of an earlier run only, which a fresh checkout has not. Files that share a process come after
 * the others: a process goes on only with the next file that shares it.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification) => {
      const index = longest.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return (index === -1 ? longest.length : index) + (project.config.isolate ? 0 : 2 * longest.length);
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}
