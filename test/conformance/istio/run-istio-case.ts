import { randomUUID } from 'node:crypto';
import { formatMeshContext } from '../../../src/core/context/mesh-context.ts';
import { wireHeader } from '../../../src/core/wire.ts';
import type { ProbeResult } from '../gateway-api/run-gateway-case.ts';
import type { Journal } from '../world/journal.ts';
import { type Answer, type Destination, type Outgoing, sendProbe } from '../world/probe-client.ts';
import type { IstioExpectation, IstioRequest } from './istio-case.ts';
import { judgeIstio, type Observed } from './istio-judge.ts';

/** Without a count of its own a request is sent so many times, and must be answered right each time. */
const times = 3;
/**
 * Shares are a matter of chance: what is beyond the tolerance is counted on, up to so many rounds, and their mean is judged. The narrowest of
 * the cases, 10 percent of 100 by 5 at most, then fails by chance once in 10^19 runs.
 */
const mostRounds = 32;
/** An answer that came late on a busy machine is asked for again; one that is late by rule is late each time. */
const mostRoundsOfTime = 5;
const concurrency = 8;
/** Up to so many requests come from one client that keeps its cookies; more come from many. */
const mostOfOneClient = 10;

/** Runs one request of a case. */
export async function runIstioProbe(
  request: IstioRequest,
  name: string,
  to: Destination,
  journal: Journal,
): Promise<ProbeResult> {
  const seen: Observed[] = [];
  let findings: readonly string[] = [];
  const isCounted = isOfChance(request.expect);
  const most = isCounted ? mostRounds : isOfTime(request.expect) ? mostRoundsOfTime : 1;
  for (let round = 1; round <= most; round++) {
    if (!isCounted) seen.length = 0;
    try {
      seen.push(await sendRound(request, to, journal));
    } catch (error) {
      findings = [`no answer: ${error instanceof Error ? error.message : String(error)}`];
      break;
    }
    const answers = seen.flatMap((one) => one.answers);
    const arrivals = seen.flatMap((one) => one.arrivals);
    findings = judgeIstio(request.expect, { answers, arrivals, rounds: seen.length });
    if (findings.length === 0) break;
  }
  return { name, official: findings.length === 0, strict: findings.length === 0, findings };
}

function isOfChance(expect: IstioExpectation): boolean {
  const { distribution, distributionPercent, mirrorPercent, minUniqueBackends } = expect;
  return [distribution, distributionPercent, mirrorPercent, minUniqueBackends].some((field) => field !== undefined);
}

function isOfTime({ maxAddedLatencyMs, approxLatencyMs }: IstioExpectation): boolean {
  return maxAddedLatencyMs !== undefined || approxLatencyMs !== undefined;
}

async function sendRound(request: IstioRequest, to: Destination, journal: Journal): Promise<Observed> {
  const probe = randomUUID();
  const answers = await sendAll(request, to, probe);
  const { received, mirrorPercent, reachesUpstream } = request.expect;
  const needsJournal = received !== undefined || mirrorPercent !== undefined || reachesUpstream !== undefined;
  return { answers, arrivals: needsJournal ? await journal.settled(probe) : [] };
}

async function sendAll(request: IstioRequest, to: Destination, probe: string): Promise<Answer[]> {
  const { count = times } = request;
  const cookies = new Map<string, string>();
  const answers: Answer[] = [];
  let left = count;
  const chain = async (): Promise<void> => {
    while (left-- > 0) answers.push(await send(request, to, probe, cookies));
  };
  const isSlow = (request.expect.minLatencyMs ?? request.expect.approxLatencyMs) !== undefined;
  const chains = isSlow || count > mostOfOneClient ? concurrency : 1;
  await Promise.all(Array.from({ length: chains }, chain));
  return answers;
}

async function send(
  request: IstioRequest,
  to: Destination,
  probe: string,
  cookies: Map<string, string>,
): Promise<Answer> {
  const isPooled = (request.count ?? times) > mostOfOneClient;
  let path = request.path;
  for (let hops = 0; ; hops++) {
    const answer = await sendProbe(outgoingOf(request, path, probe, cookies), to, isPooled);
    for (const line of answer.headers['set-cookie'] ?? []) keepCookie(cookies, line);
    const [location] = answer.headers.location ?? [];
    if (request.followRedirects !== true || location === undefined || hops === 5) return answer;
    const next = new URL(location, new URL(path, to.origin));
    if (next.origin !== new URL(to.origin).origin) throw new Error(`the redirect leads out of the case: ${location}`);
    path = next.pathname + next.search;
  }
}

function outgoingOf(
  { method, headers = {}, protocol, from }: IstioRequest,
  path: string,
  probe: string,
  cookies: ReadonlyMap<string, string>,
): Outgoing {
  const kept = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return {
    method,
    path,
    headers: {
      ...(kept === '' ? {} : { cookie: kept }),
      ...(protocol === 'grpc' ? { 'content-type': 'application/grpc', te: 'trailers' } : {}),
      // A caller whose journey came in at that place carries it, as the in-Worker runtime does.
      ...(from?.locality === undefined
        ? {}
        : { [wireHeader.context]: formatMeshContext({ hops: 0, locality: from.locality }) }),
      ...headers,
    },
    probe,
  };
}

/** Enough of RFC 6265 for a client of one host: the last value of a name counts. */
function keepCookie(cookies: Map<string, string>, line: string): void {
  const pair = line.split(';')[0] ?? '';
  const at = pair.indexOf('=');
  if (at > 0) cookies.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
}
