import type { ProbeResult } from './gateway-api/run-gateway-case.ts';

export type SuiteName = 'gatewayApi' | 'gatewayApiExtra' | 'istioTraffic' | 'bookinfo' | 'istioAuthz' | 'istioJwt';

/** What became of one case. Requests that cannot apply are not among `probes`. */
export interface CaseResult {
  readonly suite: SuiteName;
  readonly name: string;
  /** What the case is about, for the table. */
  readonly feature: string;
  /** What could not be imported; then nothing was run, and all of the case counts as failed. */
  readonly errors: readonly string[];
  readonly probes: readonly ProbeResult[];
  readonly notApplicable: readonly NotApplicable[];
}

export interface NotApplicable {
  readonly reason: string;
  /** Requests of the case that this is about. */
  readonly requests: number;
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
  readonly gatewayApiExtra: SuiteScore;
  readonly istioTraffic: SuiteScore;
  readonly bookinfo: SuiteScore;
  readonly istioAuthz: SuiteScore;
  readonly istioJwt: SuiteScore;
  readonly notApplicable: readonly { readonly case: string; readonly reason: string }[];
}

/** A case passes where every request of it that can apply passes; one without such requests is not applicable. */
export function passes(result: CaseResult, comparator: 'strict' | 'official' = 'strict'): boolean {
  return result.probes.length > 0 && result.probes.every((probe) => probe[comparator]);
}

/** The score as JSON. */
export function report(results: readonly CaseResult[]): Report {
  const gatewayApi = results.filter(({ suite }) => suite === 'gatewayApi');
  return {
    gatewayApi: { ...suiteScore(gatewayApi), official: testScore(gatewayApi, 'official') },
    gatewayApiExtra: suiteScore(results.filter(({ suite }) => suite === 'gatewayApiExtra')),
    istioTraffic: suiteScore(results.filter(({ suite }) => suite === 'istioTraffic')),
    bookinfo: suiteScore(results.filter(({ suite }) => suite === 'bookinfo')),
    istioAuthz: suiteScore(results.filter(({ suite }) => suite === 'istioAuthz')),
    istioJwt: suiteScore(results.filter(({ suite }) => suite === 'istioJwt')),
    notApplicable: results.flatMap(({ name, notApplicable, probes }) => {
      const all = notApplicable.reduce((sum, { requests }) => sum + requests, probes.length);
      return notApplicable.map(({ reason, requests }) => ({
        case: requests === all ? name : `${name} (${requests} of ${all} requests)`,
        reason,
      }));
    }),
  };
}

function suiteScore(results: readonly CaseResult[]): SuiteScore {
  const probes = results.flatMap((result) => result.probes);
  const skipped = results.flatMap((result) => result.notApplicable).reduce((sum, { requests }) => sum + requests, 0);
  return {
    tests: testScore(results, 'strict'),
    requests: {
      passed: probes.filter(({ strict }) => strict).length,
      applicable: probes.length,
      total: probes.length + skipped,
    },
  };
}

function testScore(results: readonly CaseResult[], comparator: 'strict' | 'official'): Score {
  const applicable = results.filter(({ probes }) => probes.length > 0);
  return {
    passed: applicable.filter((result) => passes(result, comparator)).length,
    applicable: applicable.length,
    total: results.length,
  };
}
