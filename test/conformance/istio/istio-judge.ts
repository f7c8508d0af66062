/** Judges what came back for a request of Istio's cases, and what the backends saw: one check for each field of an expectation. */
import type { Echo } from '../world/echo-server.ts';
import type { Arrival } from '../world/journal.ts';
import type { Answer } from '../world/probe-client.ts';
import type { IstioExpectation } from './istio-case.ts';

export interface Observed {
  /** One for each request that was sent; the last one where redirects were followed. */
  readonly answers: readonly Answer[];
  /** What the backends saw of these requests. */
  readonly arrivals: readonly Arrival[];
  /** How many times the case's number of requests was sent; numbers of answers are judged by their mean. 1 by default. */
  readonly rounds?: number;
}

type Field = keyof IstioExpectation;
type Check<T> = (wanted: T, observed: Observed, expect: IstioExpectation) => readonly string[];

/** Each finding is one line; none means passed. A field that nobody here knows is a finding. */
export function judgeIstio(expect: IstioExpectation, observed: Observed): string[] {
  const findings = Object.keys(expect).flatMap((field) => {
    const check = checks[field as Field] as Check<unknown> | undefined;
    return check === undefined
      ? [`the case expects ${field}, which nobody judges`]
      : check(expect[field as Field], observed, expect);
  });
  return [...new Set(findings)];
}

/** Read by the check of the field beside it. */
const companion = (): readonly string[] => [];

const checks: { readonly [F in Field]-?: Check<NonNullable<IstioExpectation[F]>> } = {
  status: each((wanted: number, { status }) => differs('status', status, wanted)),
  grpcStatus: each((wanted: string, answer) =>
    differs('gRPC status', grpcName(joined(answer.headers, 'grpc-status')), wanted.toLowerCase()),
  ),
  service: each((wanted: string, { echo }) => differs('the answering service', echo?.service, wanted)),
  subset: (wanted, { answers }, { percent = 100, tolerancePercent = 0 }) =>
    outside(`share of ${wanted}`, percentOf(answers, wanted), percent, tolerancePercent),
  percent: companion,
  reachesUpstream: (wanted, { arrivals }) => differs('a backend saw the request', arrivals.length > 0, wanted),
  upstreamHeaders: each((wanted: Readonly<Record<string, string>>, { echo }) =>
    Object.entries(wanted).flatMap(([name, value]) => differs(`backend's ${name}`, joined(echo?.headers, name), value)),
  ),
  upstreamHost: each((wanted: string, { echo }) => differs("backend's host", echo?.host, wanted)),
  upstreamPath: each((wanted: string, { echo }) => differs("backend's path", echo?.path, wanted)),
  upstreamProtocol: each((wanted: string, { echo }) => differs("backend's protocol", echo?.proto, wanted)),
  responseHeaders: each((wanted: Readonly<Record<string, string>>, { headers }) =>
    Object.entries(wanted).flatMap(([name, value]) =>
      differs(`response header ${name}`, comparable(name, joined(headers, name) ?? ''), comparable(name, value)),
    ),
  ),
  distribution: (wanted, { answers, rounds = 1 }, { toleranceAbsolute = 0 }) => [
    ...Object.entries(wanted).flatMap(([name, count]) => {
      const mean = answers.filter(({ echo }) => isOf(echo, name)).length / rounds;
      return outside(`answers of ${name}`, mean, count, toleranceAbsolute);
    }),
    ...strangers(answers, Object.keys(wanted), toleranceAbsolute * rounds),
  ],
  toleranceAbsolute: companion,
  distributionPercent: (wanted, { answers }, { suggestedTolerancePercent = 0 }) => [
    ...Object.entries(wanted).flatMap(([name, percent]) =>
      outside(`share of ${name}`, percentOf(answers, name), percent, suggestedTolerancePercent),
    ),
    ...strangers(answers, Object.keys(wanted), 0),
  ],
  suggestedTolerancePercent: companion,
  received: (wanted, { arrivals, rounds = 1 }) =>
    Object.entries(wanted).flatMap(([name, count]) =>
      differs(`requests at ${name}`, seenBy(arrivals, name), count * rounds),
    ),
  mirrorPercent: (wanted, { answers, arrivals }, { tolerancePercent = 0 }) =>
    Object.entries(wanted).flatMap(([name, percent]) =>
      outside(`copies at ${name}`, (100 * seenBy(arrivals, name)) / answers.length, percent, tolerancePercent),
    ),
  tolerancePercent: companion,
  uniqueBackends: (wanted, { answers }) => differs('number of backends', podsOf(answers).size, wanted),
  minUniqueBackends: (wanted, { answers }) =>
    podsOf(answers).size >= wanted ? [] : [`${podsOf(answers).size} backends answered, expected ${wanted} or more`],
  xffEntries: each((wanted: number, { echo }) => differs('addresses', addressesOf(echo).length, wanted)),
  xffIndex1: each((wanted: string, { echo }) => differs('second address', addressesOf(echo)[1], wanted)),
  minLatencyMs: each((wanted: number, { latencyMs }) =>
    latencyMs >= wanted ? [] : [`the answer came after ${Math.round(latencyMs)} ms, expected ${wanted} or more`],
  ),
  maxAddedLatencyMs: each((wanted: number, { latencyMs }) =>
    latencyMs <= wanted ? [] : [`the answer came after ${Math.round(latencyMs)} ms, expected ${wanted} or less`],
  ),
  // The times that the case adds up are whole seconds: within one of them is no other sum.
  approxLatencyMs: each((wanted: number, { latencyMs }) => outside('milliseconds', Math.round(latencyMs), wanted, 999)),
  bodyContains: each(contains),
  bodyContains2: each(contains),
};

/** Every answer must hold. */
function each<T>(check: (wanted: T, answer: Answer) => readonly string[]): Check<T> {
  return (wanted, { answers }) =>
    answers.length === 0 ? ['no answer'] : answers.flatMap((answer) => check(wanted, answer));
}

function differs(what: string, got: unknown, wanted: unknown): string[] {
  return got === wanted ? [] : [`${what}: ${got}, expected ${wanted}`];
}

function outside(what: string, got: number, wanted: number, tolerance: number): string[] {
  return Math.abs(got - wanted) <= tolerance ? [] : [`${what}: ${got}, expected ${wanted} ± ${tolerance}`];
}

function contains(wanted: string, { body }: Answer): string[] {
  return body.includes(wanted) ? [] : [`the body does not say "${wanted}"`];
}

/** Cases name a service, one of its versions, or a workload. */
function isOf(echo: Echo | undefined, name: string): boolean {
  return echo !== undefined && (echo.service === name || echo.version === name || echo.pod === `${name}-0`);
}

function percentOf(answers: readonly Answer[], name: string): number {
  return (100 * answers.filter(({ echo }) => isOf(echo, name)).length) / answers.length;
}

/** Answers of nobody that the case names. */
function strangers(answers: readonly Answer[], names: readonly string[], tolerance: number): string[] {
  const others = answers.filter(({ echo }) => !names.some((name) => isOf(echo, name)));
  return others.length <= tolerance
    ? []
    : [`${others.length} answers of others, such as ${others[0]?.echo?.pod ?? `status ${others[0]?.status}`}`];
}

function seenBy(arrivals: readonly Arrival[], name: string): number {
  return arrivals.filter(({ service, workload }) => service === name || workload === name).length;
}

function podsOf(answers: readonly Answer[]): Set<string> {
  return new Set(answers.flatMap(({ echo }) => (echo === undefined ? [] : [echo.pod])));
}

function addressesOf(echo: Echo | undefined): string[] {
  const list = joined(echo?.headers, 'x-forwarded-for');
  return list === undefined ? [] : list.split(',').map((address) => address.trim());
}

function joined(headers: Readonly<Record<string, readonly string[]>> | undefined, name: string): string | undefined {
  return headers?.[name.toLowerCase()]?.join(',');
}

/**
 * Location is a URL, which may spell out the usual port of its scheme (RFC 3986 section 6.2.3), and the lists of CORS may have spaces
 * behind their commas (RFC 9110 section 5.6.1); everything else is compared as it stands.
 */
function comparable(name: string, value: string): string {
  if (name.toLowerCase() === 'location' && URL.canParse(value)) return new URL(value).href;
  return /^access-control-/i.test(name) ? value.replace(/\s*,\s*/g, ',') : value;
}

/** https://grpc.io/docs/guides/status-codes */
const grpcNames = [
  'ok',
  'cancelled',
  'unknown',
  'invalidargument',
  'deadlineexceeded',
  'notfound',
  'alreadyexists',
  'permissiondenied',
  'resourceexhausted',
  'failedprecondition',
  'aborted',
  'outofrange',
  'unimplemented',
  'internal',
  'unavailable',
  'dataloss',
  'unauthenticated',
];

function grpcName(code: string | undefined): string | undefined {
  return code === undefined ? undefined : grpcNames[Number(code)];
}
