import { type CaseResult, passes, type Report, type Score } from './conformance.ts';

/** The score for people: cases by feature, what failed first in each, and what does not apply. */
export function conformanceTable(results: readonly CaseResult[], score: Report): string {
  const lines: string[] = [];
  const features = [...new Set(results.map(featureOf))].sort();
  for (const feature of features) {
    const group = results.filter((result) => featureOf(result) === feature);
    const applicable = group.filter(({ probes }) => probes.length > 0);
    const passed = applicable.filter((result) => passes(result)).length;
    lines.push('', `${feature}  ${passed} of ${applicable.length} tests`);
    for (const result of group) lines.push(...caseLines(result));
  }
  const { gatewayApi, istioTraffic, bookinfo, notApplicable } = score;
  lines.push('', 'Score                      passed / applicable / total');
  lines.push(
    `Gateway API tests          ${triple(gatewayApi.tests)}   (by the suite's own comparator ${triple(gatewayApi.official)})`,
  );
  lines.push(`Gateway API requests       ${triple(gatewayApi.requests)}`);
  lines.push(`Istio traffic tests        ${triple(istioTraffic.tests)}   not attempted yet`);
  lines.push(`Bookinfo tests             ${triple(bookinfo.tests)}   not attempted yet`);
  for (const one of notApplicable) lines.push(`not applicable: ${one.case}: ${one.reason}`);
  return lines.join('\n');
}

function caseLines(result: CaseResult): string[] {
  const { file, probes, unsupported } = result;
  if (probes.length === 0) return [`  -     ${file.name}`];
  const passed = probes.filter(({ strict }) => strict).length;
  const mark = passes(result) ? 'ok  ' : 'FAIL';
  const lines = [`  ${mark}  ${file.name}  ${passed}/${probes.length}`];
  const failed = probes.find(({ strict }) => !strict);
  if (unsupported.length > 0) lines.push(`          not run: ${unsupported.slice(0, 3).join('; ')}`);
  else if (failed !== undefined) lines.push(`          ${failed.name}: ${failed.findings.slice(0, 2).join('; ')}`);
  return lines;
}

/** The one feature that a case is about, beside those that every case of its profile has. */
function featureOf({ file }: CaseResult): string {
  const own = file.features.find((feature) => !common.has(feature));
  return `${file.profile} ${own?.replace(/^Support(Mesh)?(HTTPRoute)?/, '') ?? 'core'}`;
}

const common = new Set(['SupportGateway', 'SupportMesh', 'SupportHTTPRoute', 'SupportReferenceGrant']);

function triple({ passed, applicable, total }: Score): string {
  return `${passed} / ${applicable} / ${total}`;
}
