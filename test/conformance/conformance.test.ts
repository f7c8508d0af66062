import { beforeAll, describe, expect, test } from 'vitest';
import { runConformance } from './conformance.ts';
import expected from './expected.json' with { type: 'json' };
import { conformanceFolder } from './folder.ts';
import { readGatewayApiCases } from './gateway-api/case-file.ts';
import { type CaseResult, passes, report, type SuiteName } from './score.ts';

const folder = conformanceFolder(undefined);
/** A busy machine takes several times what an idle one does. */
const hundredsOfCasesMs = 360_000;

const isAbsent = readGatewayApiCases(folder) === undefined;

if (isAbsent) console.warn(`No conformance cases in ${folder}: the tests of them are skipped, not passed.`);

describe.skipIf(isAbsent)('cases that others wrote', () => {
  let results: readonly CaseResult[] = [];
  beforeAll(async () => {
    results = (await runConformance(folder)) ?? [];
  }, hundredsOfCasesMs);

  const suites = Object.entries<readonly string[]>(expected.passing) as [SuiteName, readonly string[]][];
  const rows = suites.flatMap(([suite, names]) => names.map((name) => ({ suite, name })));

  test.each(rows)('$suite: $name keeps passing', ({ suite, name }) => {
    const result = results.find((one) => one.suite === suite && one.name === name);
    expect(result?.probes.filter(({ strict }) => !strict)).toEqual([]);
    expect(result !== undefined && passes(result)).toBe(true);
  });

  test('what passes is written down', () => {
    const passing = suites.map(([suite]) => [
      suite,
      results.filter((one) => one.suite === suite && passes(one)).map(({ name }) => name),
    ]);
    expect(Object.fromEntries(passing)).toEqual(expected.passing);
  });

  test('what does not apply is written down, each with its reason', () => {
    expect(report(results).notApplicable).toEqual(expected.notApplicable);
  });
});
