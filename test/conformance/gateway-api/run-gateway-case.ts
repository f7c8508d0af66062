import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../world/journal.ts';
import { type Answer, type Destination, type Outgoing, sendProbe, sendWebSocket } from '../world/probe-client.ts';
import type { Probe } from './case-file.ts';
import { judge, mirrorFindings, mirrorShareFindings, shareFindings, type Verdict, webSocketFindings } from './judge.ts';

export interface ProbeResult {
  readonly name: string;
  /** By the suite's own comparator; a suite that has none says the same here as in `strict`. */
  readonly official: boolean;
  readonly strict: boolean;
  /** What the last failed try found. */
  readonly findings: readonly string[];
}

/** The suite asks for three passes in a row. */
const consecutive = 3;
/**
 * The suite waits up to 30 s for routes to take effect. Here the documents are in the registry before the first request, so waiting
 * long would only hide a flaw; a few tries remain for a machine that stalls.
 */
const mostTries = 6;
const pollMs = 100;
/** The suite's own bound for a mirrored copy to be seen. */
const mirrorWithinMs = 10_000;

/** Runs one request of a case by the suite's rules. */
export async function runGatewayProbe(probe: Probe, to: Destination, journal: Journal): Promise<ProbeResult> {
  const send = () => attempt(probe, to, journal);
  const official = new Streak();
  const strict = new Streak();
  for (let tries = 0; tries < mostTries && !(official.passed && strict.passed); tries++) {
    const verdict = await send();
    official.count(verdict.official);
    strict.count(verdict.strict);
    if (verdict.strict.length > 0) await sleep(pollMs);
  }
  const findings = [...strict.findings];
  if (strict.passed && probe.repeat !== undefined) findings.push(...(await repeat(probe.repeat.times, send)));
  if (strict.passed && probe.distribution !== undefined) findings.push(...(await distribute(probe, to, journal)));
  const rest = findings.length === strict.findings.length;
  return { name: probe.name, official: official.passed && rest, strict: strict.passed && rest, findings };
}

class Streak {
  private inARow = 0;
  findings: readonly string[] = [];
  passed = false;
  count(findings: readonly string[]): void {
    if (this.passed) return;
    this.inARow = findings.length === 0 ? this.inARow + 1 : 0;
    this.findings = findings;
    this.passed = this.inARow >= consecutive;
  }
}

async function attempt(probe: Probe, to: Destination, journal: Journal): Promise<Verdict> {
  const uuid = randomUUID();
  const outgoing = outgoingOf(probe, uuid);
  try {
    if (probe.expect.websocketEcho !== undefined) return await attemptWebSocket(probe, outgoing, to);
    const verdict = judge(probe, await sendProbe(outgoing, to), uuid);
    // The copies of a percentage are counted over many requests; one alone need not be copied.
    if (probe.expect.mirroredTo === undefined || probe.distribution !== undefined) return verdict;
    const isMissing = () => mirrorFindings(probe, outgoing.path, journal.arrivals(uuid));
    await journal.until(uuid, () => isMissing().length === 0, mirrorWithinMs);
    const missing = isMissing();
    return { official: [...verdict.official, ...missing], strict: [...verdict.strict, ...missing] };
  } catch (error) {
    const finding = [`no answer: ${error instanceof Error ? error.message : String(error)}`];
    return { official: finding, strict: finding };
  }
}

async function attemptWebSocket(probe: Probe, outgoing: Outgoing, to: Destination): Promise<Verdict> {
  const messages = (probe.expect.websocketEcho ?? []).map(({ sendText, sendBinary }) =>
    sendText === undefined ? Uint8Array.from(sendBinary ?? []) : sendText,
  );
  const { answer, received } = await sendWebSocket(outgoing, to, messages);
  const findings = webSocketFindings(probe, answer, received);
  return { official: findings, strict: findings };
}

function outgoingOf({ request }: Probe, uuid: string): Outgoing {
  const { method, path, headers = {}, backendSetResponseHeaders = {}, gateway } = request;
  const setHeaders = Object.entries(backendSetResponseHeaders).map(([name, value]) => `${name}:${value}`);
  return {
    method,
    path: path.replaceAll('__UUID__', uuid),
    headers: gateway === undefined ? headers : { ...headers, 'X-Echo-Set-Header': setHeaders.join(',') },
    probe: uuid,
  };
}

async function repeat(times: number, send: () => Promise<{ strict: readonly string[] }>): Promise<readonly string[]> {
  for (let time = 0; time < times; time++) {
    const { strict } = await send();
    if (strict.length > 0) return strict;
  }
  return [];
}

/** Shares of many requests: of the backends that answer, or of the copies that a mirror sends. */
async function distribute(probe: Probe, to: Destination, journal: Journal): Promise<readonly string[]> {
  const { distribution } = probe;
  if (distribution === undefined) return [];
  let findings: readonly string[] = [];
  for (let tries = 0; tries < distribution.maxTries; tries++) {
    const uuid = randomUUID();
    const mirrors = distribution.mirrorPercent !== undefined;
    const path = mirrors ? `${probe.request.path}?gateway-api-conformance-request-id=${uuid}` : probe.request.path;
    const asked = { ...probe, request: { ...probe.request, path } };
    const answers = await sendMany(asked, to, distribution, uuid);
    findings = mirrors
      ? mirrorShareFindings(
          probe,
          answers,
          (await journal.settled(uuid)).filter((one) => one.path.includes(uuid)),
        )
      : shareFindings(probe, answers);
    if (findings.length === 0) return [];
  }
  return findings;
}

async function sendMany(
  probe: Probe,
  to: Destination,
  { requests, concurrency }: NonNullable<Probe['distribution']>,
  uuid: string,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let left = requests;
  const chain = async (): Promise<void> => {
    while (left-- > 0) answers.push(await sendProbe(outgoingOf(withEntropy(probe), uuid), to, true));
  };
  await Promise.all(Array.from({ length: concurrency }, chain));
  return answers;
}

/** Half of the requests carry a random header, so that a proxy cannot hash its way to a share. */
function withEntropy(probe: Probe): Probe {
  if (Math.random() < 0.5) return probe;
  const headers = { ...probe.request.headers, 'X-Jitter': String(Math.floor(Math.random() * 10_000)) };
  return { ...probe, request: { ...probe.request, headers } };
}
