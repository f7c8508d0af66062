import { beforeAll, describe, expect, test } from 'vitest';
import { readGatewayApiCases } from './case-file.ts';
import { type CaseResult, passes, runGatewayApi } from './conformance.ts';
import expected from './expected.json' with { type: 'json' };
import { conformanceFolder } from './folder.ts';

const folder = conformanceFolder(undefined);
const isAbsent = readGatewayApiCases(folder) === undefined;

if (isAbsent) console.warn(`No conformance cases in ${folder}: the tests of them are skipped, not passed.`);

describe.skipIf(isAbsent)(
  'the Gateway API cases on matching, headers and weights that have passed keep passing',
  () => {
    let results: readonly CaseResult[] = [];
    beforeAll(async () => {
      results = (await runGatewayApi(folder, ({ name }) => expected.passing.includes(name))) ?? [];
    });

    test.each(expected.passing)('%s', (name) => {
      const result = results.find(({ file }) => file.name === name);
      const failed = result?.probes.filter(({ strict }) => !strict);
      expect(failed).toEqual([]);
      expect(result !== undefined && passes(result)).toBe(true);
    });
  },
);
