import { join } from 'node:path';
import { type CaseFolder, type ConformanceCase, countCases, type Probe, readGatewayApiCases } from './case-file.ts';
import { type Cluster, readCluster } from './manifests.ts';
import { startMeshUnderTest } from './mesh-under-test.ts';
import type { Plan } from './plan.ts';
import { type ProbeResult, runProbe } from './run-case.ts';
import { planGatewayCase } from './translate-gateway.ts';
import { planMeshCase } from './translate-mesh.ts';

/** What became of one case. Requests that cannot apply are not among `probes`. */
export interface CaseResult {
  readonly file: ConformanceCase;
  /** What the documents cannot say yet; then nothing was run, and all of the case counts as failed. */
  readonly unsupported: readonly string[];
  readonly probes: readonly ProbeResult[];
  readonly notApplicable: readonly NotApplicable[];
}

export interface NotApplicable {
  readonly case: string;
  readonly reason: string;
  /** Requests of the case that this is about. */
  readonly requests: number;
}

/** Runs the Gateway API cases of a folder that are chosen; `undefined` where the folder is absent. */
export async function runGatewayApi(
  folder: string,
  isChosen: (file: ConformanceCase) => boolean = () => true,
): Promise<readonly CaseResult[] | undefined> {
  const found = readGatewayApiCases(folder);
  if (found === undefined) return undefined;
  const planned = found.cases.filter(isChosen).map((file) => planCase(file, found));
  const runnable = planned.filter(({ plan, probes }) => plan.unsupported.length === 0 && probes.length > 0);
  const mesh = await startMeshUnderTest(runnable);
  try {
    const results: CaseResult[] = [];
    for (const one of planned) {
      const { file, plan, probes, notApplicable } = one;
      const outcomes: ProbeResult[] = [];
      for (const probe of probes) {
        outcomes.push(runnable.includes(one) ? await runProbe(file, probe, mesh.route) : notRun(probe, plan));
      }
      results.push({ file, unsupported: plan.unsupported, probes: outcomes, notApplicable });
    }
    return results;
  } finally {
    await mesh.stop();
  }
}

interface Planned {
  readonly file: ConformanceCase;
  readonly cluster: Cluster;
  readonly plan: Plan;
  readonly probes: readonly Probe[];
  readonly notApplicable: readonly NotApplicable[];
}

function planCase(whole: ConformanceCase, folder: CaseFolder): Planned {
  const isMesh = whole.profile === 'MESH-HTTP';
  const reasons = new Map<string, number>();
  const probes = whole.requests.filter((probe) => {
    const reason = inapplicable(probe);
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return reason === undefined;
  });
  const notApplicable = [...reasons].map(([reason, requests]) => ({ case: whole.name, reason, requests }));
  const file = { ...whole, requests: probes };
  const texts = [whole.supportManifest, whole.gatewayManifest, whole.manifest].filter((text) => text !== undefined);
  const cluster = readCluster([isMesh ? folder.baseMesh : folder.baseGateway, ...texts]);
  const plan = isMesh ? planMeshCase(file, cluster) : planGatewayCase(file, cluster);
  return { file, cluster, plan, probes, notApplicable };
}

/** Only what needs a port, a protocol or a listener that a Worker can never have. */
function inapplicable({ request }: Probe): string | undefined {
  if (request.protocol === 'h2c' || request.protocol === 'h2') {
    return 'HTTP/2 with prior knowledge, by client and backend: the platform in front of a Worker ends HTTP/2';
  }
  if (request.protocol === 'https') return 'a TLS listener of its own: the platform in front of a Worker ends TLS';
  return undefined;
}

function notRun(probe: Probe, plan: Plan): ProbeResult {
  return { name: probe.name, official: false, strict: false, findings: plan.unsupported };
}

export interface Score {
  readonly passed: number;
  readonly applicable: number;
  readonly total: number;
}

export interface SuiteScore {
  readonly tests: Score;
  readonly requests: Score;
}

export interface Report {
  readonly gatewayApi: SuiteScore & { readonly official: Score };
  readonly istioTraffic: SuiteScore;
  readonly bookinfo: SuiteScore;
  readonly notApplicable: readonly { readonly case: string; readonly reason: string }[];
}

/** A case passes where every request of it that can apply passes; one without such requests is not applicable. */
export function passes(result: CaseResult, comparator: 'strict' | 'official' = 'strict'): boolean {
  return result.probes.length > 0 && result.probes.every((probe) => probe[comparator]);
}

/** The score as JSON. Istio's cases are not attempted yet: all of them count, and none as passed. */
export function report(folder: string, results: readonly CaseResult[]): Report {
  const applicable = results.filter(({ probes }) => probes.length > 0);
  const probes = results.flatMap((result) => result.probes);
  const skipped = results.flatMap((result) => result.notApplicable).reduce((sum, { requests }) => sum + requests, 0);
  const tests = (comparator: 'strict' | 'official'): Score => ({
    passed: applicable.filter((result) => passes(result, comparator)).length,
    applicable: applicable.length,
    total: results.length,
  });
  const requests = {
    passed: probes.filter(({ strict }) => strict).length,
    applicable: probes.length,
    total: probes.length + skipped,
  };
  return {
    gatewayApi: { tests: tests('strict'), requests, official: tests('official') },
    istioTraffic: notAttempted(join(folder, 'istio/traffic')),
    bookinfo: notAttempted(join(folder, 'istio/bookinfo')),
    notApplicable: results.flatMap(({ notApplicable, file, probes: rest }) =>
      notApplicable.map(({ reason, requests: count }) => ({
        case: rest.length === 0 ? file.name : `${file.name} (${count} of ${count + rest.length} requests)`,
        reason,
      })),
    ),
  };
}

function notAttempted(folder: string): SuiteScore {
  const { tests, requests } = countCases(folder);
  return {
    tests: { passed: 0, applicable: tests, total: tests },
    requests: { passed: 0, applicable: requests, total: requests },
  };
}
