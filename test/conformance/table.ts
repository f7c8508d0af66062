import { type CaseResult, passes, type Report, type Score, type SuiteName, type SuiteScore } from './score.ts';

const suites: readonly (readonly [name: SuiteName, title: string])[] = [
  ['gatewayApi', 'Gateway API'],
  ['gatewayApiExtra', 'Gateway API, extra'],
  ['istioTraffic', 'Istio traffic'],
  ['bookinfo', 'Bookinfo'],
  ['istioAuthz', 'Istio authorisation'],
  ['istioJwt', 'Istio tokens'],
];

/** The score for people: cases by feature, what failed first in each, and what does not apply. */
export function conformanceTable(results: readonly CaseResult[], score: Report): string {
  const lines: string[] = [];
  for (const [suite, title] of suites) {
    const ofSuite = results.filter((result) => result.suite === suite);
    for (const feature of [...new Set(ofSuite.map((result) => result.feature))].sort()) {
      const group = ofSuite.filter((result) => result.feature === feature);
      const applicable = group.filter(({ probes }) => probes.length > 0);
      const passed = applicable.filter((result) => passes(result)).length;
      lines.push('', `${title}: ${feature}  ${passed} of ${applicable.length} tests`);
      for (const result of group) lines.push(...caseLines(result));
    }
  }
  lines.push('', `${'Score'.padEnd(30)} passed / applicable / total`);
  for (const [suite, title] of suites) lines.push(...scoreLines(title, score[suite]));
  lines.push(`${"Gateway API by the suite's own".padEnd(30)} ${triple(score.gatewayApi.official)}`);
  for (const one of score.notApplicable) lines.push(`not applicable: ${one.case}: ${one.reason}`);
  return lines.join('\n');
}

function caseLines(result: CaseResult): string[] {
  const { name, probes, errors } = result;
  if (probes.length === 0) return [`  -     ${name}`];
  const passed = probes.filter(({ strict }) => strict).length;
  const mark = passes(result) ? 'ok  ' : 'FAIL';
  const lines = [`  ${mark}  ${name}  ${passed}/${probes.length}`];
  if (errors.length > 0) return [...lines, ...errors.slice(0, 3).map((error) => `          not imported: ${error}`)];
  for (const failed of probes.filter(({ strict }) => !strict).slice(0, 3)) {
    lines.push(`          ${failed.name}: ${failed.findings.slice(0, 2).join('; ')}`);
  }
  return lines;
}

function scoreLines(title: string, { tests, requests }: SuiteScore): string[] {
  return [`${`${title} tests`.padEnd(30)} ${triple(tests)}`, `${`${title} requests`.padEnd(30)} ${triple(requests)}`];
}

function triple({ passed, applicable, total }: Score): string {
  return `${passed} / ${applicable} / ${total}`;
}
