import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceCase, Probe } from './case-file.ts';
import { judge } from './judge.ts';
import { type Answer, type Destination, sendProbe } from './probe-client.ts';

export interface ProbeResult {
  readonly name: string;
  readonly official: boolean;
  readonly strict: boolean;
  /** What the last failed try found. */
  readonly findings: readonly string[];
}

/** Finds where a probe of this case goes. */
export type Router = (file: ConformanceCase, probe: Probe) => Destination;

/** The suite asks for three passes in a row. */
const consecutive = 3;
/**
 * The suite waits up to 30 s for routes to take effect. Here the documents are in the registry before the first request, so waiting
 * long would only hide a flaw; a few tries remain for a machine that stalls.
 */
const mostTries = 6;
const pollMs = 100;

/** Runs one request of a case by the suite's rules. */
export async function runProbe(file: ConformanceCase, probe: Probe, route: Router): Promise<ProbeResult> {
  const destination = route(file, probe);
  const send = () => attempt(probe, destination);
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
  if (strict.passed && probe.distribution !== undefined) findings.push(...(await distribute(probe, destination)));
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

async function attempt(probe: Probe, destination: Destination) {
  const uuid = randomUUID();
  try {
    return judge(probe, await sendProbe(probe, destination, probe.request.path.replace('__UUID__', uuid)), uuid);
  } catch (error) {
    const finding = [`no answer: ${error instanceof Error ? error.message : String(error)}`];
    return { official: finding, strict: finding };
  }
}

async function repeat(times: number, send: () => Promise<{ strict: readonly string[] }>): Promise<readonly string[]> {
  for (let time = 0; time < times; time++) {
    const { strict } = await send();
    if (strict.length > 0) return strict;
  }
  return [];
}

/** Shares of many requests: within the tolerance, and from exactly the backends that have a weight. */
async function distribute(probe: Probe, destination: Destination): Promise<readonly string[]> {
  const { distribution } = probe;
  if (distribution === undefined) return [];
  let findings: readonly string[] = [];
  for (let tries = 0; tries < distribution.maxTries; tries++) {
    findings = distributionFindings(probe, await sendMany(probe, destination, distribution));
    if (findings.length === 0) return [];
  }
  return findings;
}

async function sendMany(
  probe: Probe,
  destination: Destination,
  { requests, concurrency }: NonNullable<Probe['distribution']>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let left = requests;
  const chain = async (): Promise<void> => {
    while (left-- > 0) answers.push(await sendProbe(withEntropy(probe), destination, probe.request.path));
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

function distributionFindings(probe: Probe, answers: readonly Answer[]): string[] {
  const { weights, toleranceAbsolute = 0.05, mirrorPercent } = probe.distribution ?? {};
  if (weights === undefined || mirrorPercent !== undefined) return ['shares of mirrored requests are not measured'];
  const findings: string[] = [];
  const counts = new Map<string, number>(Object.keys(weights).map((name) => [name, 0]));
  for (const { echo, status } of answers) {
    const name = [...counts.keys()].find((one) => echo?.pod.startsWith(one) === true);
    if (name === undefined) return [`${echo?.pod ?? `status ${status}`} answered`];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const [name, weight] of Object.entries(weights)) {
    const share = (counts.get(name) ?? 0) / answers.length;
    const seen = share > 0;
    if (seen !== weight > 0 || Math.abs(share - weight) > toleranceAbsolute) {
      findings.push(`${name} got a share of ${share}, expected ${weight}`);
    }
  }
  return findings;
}
